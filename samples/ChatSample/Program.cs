using WasiCloud.Embedding;

string[] rooms = ["lobby", "games", "music"];
var builder = WebApplication.CreateBuilder(args);

// Each participant is a guest of its own (guests/c/chat.c): the room is a topic, its history is in SQLite.
var guests = builder.Services.AddWasiCloud(options => builder.Configuration.GetSection("WasiCloud").Bind(options))
    .AddRequestResponseFiles()
    .AddConnectionFiles()
    .AddKeyValue(keyValue => keyValue.Scope("local")
        .UseSqlite(Path.Combine(builder.Environment.ContentRootPath, builder.Configuration["Database"] ?? "data/chat.db")));
foreach (var room in rooms) guests.AddTopic(room);

await using var app = builder.Build();
app.UseDefaultFiles();
app.UseStaticFiles();
app.UseWebSockets();
app.MapGet("/rooms", () => rooms);

var wasm = await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "guests", "chat.wasm"));
using var chat = await app.Services.GetRequiredService<IInvocationHost>().LoadAsync(wasm, "chat");
app.MapGuestWebSocket("/rooms/{room}", chat, socket =>
{
    socket.Limits.MaxMessageBytes = 64 << 10;
    socket.Limits.MessageTypes = GuestMessageTypes.Text;
});

await app.RunAsync();
