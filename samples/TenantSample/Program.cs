using WasiCloud.Embedding;
using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.Hosting;

// With "WasiCloud:ModuleCompilation": "OutOfProcess", the host starts this program again to compile a module; then this does not return.
GuestCompiler.RunIfRequested(args);

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddWasiCloud(options =>
{
    options.RequirePolicy = true;
    builder.Configuration.GetSection("WasiCloud").Bind(options);
})
    .AddRequestResponseFiles()
    .AddHostDirectory("/srv/shared", Path.Combine(AppContext.BaseDirectory, "shared"), FileAccess.Read)

    // Not in the policy of tenants: for them it does not exist.
    .AddHostDirectory("/srv/modules", Path.Combine(AppContext.BaseDirectory, "tenants"), FileAccess.Read)
    .AddModuleStore(Path.Combine(AppContext.BaseDirectory, "tenants"))
    .AddKeyValue(keyValue =>
    {
        keyValue.Scope("local").UseSqlite(Path.Combine(builder.Environment.ContentRootPath, builder.Configuration["Database"]!));
        keyValue.Scope("internal").UseMemory();
    });
await using var app = builder.Build();
var policy = GuestPolicy.Load(Path.Combine(AppContext.BaseDirectory, "tenant.policy"));
var keys = app.Configuration.GetSection("Keys");

// Who has the key of a tenant may use its modules. An application of yours has users instead, and a claim of theirs (docs/requests.md).
app.UseRouting();
app.Use((http, next) =>
{
    var tenant = (string?)http.Request.RouteValues["tenant"];
    if (tenant is null || keys[http.Request.Headers["X-Api-Key"].ToString()] == tenant) return next(http);
    http.Response.StatusCode = StatusCodes.Status403Forbidden;
    return Task.CompletedTask;
});
app.MapGet("/", () => "GET and POST /alice/counter/{name}, /alice/guestbook, /bob/counter/{name} and /bob/escape with the tenant's X-Api-Key.\n");
app.MapGuest("/{tenant}/{module}/{**path}", app.Services.GetRequiredService<GuestModuleStore>(), guest =>
{
    guest.Policy = policy;

    // A guest is told what follows its tenant's name.
    guest.Configure = (_, request) => request with { Target = request.Target[request.Target.IndexOf('/', 1)..] };
});
await app.RunAsync();
