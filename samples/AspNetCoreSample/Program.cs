using System.Diagnostics;
using AspNetCoreSample;
using WasiCloud.Embedding;
using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.Hosting;

// With "WasiCloud:ModuleCompilation": "OutOfProcess", the host starts this program again to compile a module; then this does not return.
GuestCompiler.RunIfRequested(args);

var builder = WebApplication.CreateBuilder(args);

builder.Services.AddProblemDetails();
builder.Services.AddWasiCloud(options =>
{
    options.ExecutionTimeout = TimeSpan.FromSeconds(10);

    // A guest for which nobody has said what it may do does not run.
    options.RequirePolicy = true;
    builder.Configuration.GetSection("WasiCloud").Bind(options);
})
    .AddRequestResponseFiles()

    // A file's path is relative to the project's folder, where `dotnet run` starts the application.
    .AddKeyValue(keyValue => keyValue.Scope("local").UseConfigured(builder.Configuration.GetSection("KeyValue:Local"), builder.Environment.ContentRootPath));
builder.Services.AddHealthChecks().AddKeyValueScopes();

await using var app = builder.Build();
app.MapGet("/", () => GuestRoute.Index);
app.MapHealthChecks("/health");

// Compiling takes a moment at the very first start; from then on the compiled modules come from a cache on disk.
var modules = await Task.WhenAll(GuestRoute.All.Select(LoadAsync));
foreach (var (route, module) in GuestRoute.All.Zip(modules)) app.MapGuest(route.Pattern, module);

await app.RunAsync();

async Task<GuestModule> LoadAsync(GuestRoute route)
{
    var started = Stopwatch.GetTimestamp();
    var wasm = await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "guests", route.Guest + ".wasm"));
    var policy = GuestPolicy.Load(Path.Combine(AppContext.BaseDirectory, "policies", route.Guest + ".policy"));
    var module = await app.Services.GetRequiredService<IInvocationHost>().LoadAsync(wasm, route.Guest, new GuestModuleOptions { Policy = policy });
    Log.GuestLoaded(app.Logger, route.Pattern, route.Guest, (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds);
    return module;
}
