using System.CommandLine;

namespace WasiCloud.Tool.Serving;

/// <summary>The command line of <c>wasicloud serve</c>.</summary>
internal static class ServeCommand
{
    public const string Name = "serve";

    private const string DefaultAddress = "127.0.0.1:8080";

    // The library's own defaults: many guests at one time, of clients nobody knows.
    private static readonly HostOptions Host = new(defaultMemoryBytes: 128L << 20, TimeSpan.FromSeconds(30));

    private static readonly Argument<string> Source =
        new("MODULE|FOLDER") { Description = "A guest that answers every path, or a folder of guests: name.wasm answers /name and /name/..." };
    private static readonly Option<string?> Listen =
        HostOptions.Text("--listen", "ADDR", $"Address and port, such as 127.0.0.1:0 (any free port), [::1]:80 or *:80. Default {DefaultAddress}.");

    private static readonly Option<string?> Policy = HostOptions.Text(
        "--policy", "FILE|FOLDER", "What the guests may do: one policy for all, or a folder with name.policy for name.wasm. Default everything.");
    private static readonly Option<string?> Learn = HostOptions.Text(
        "--learn", "FOLDER", "Write name.policy of what name.wasm used, beside what it has already, when the server ends. It covers only what ran.");

    public static Command Create(Interruption interruption)
    {
        var command = new Command(
            Name,
            "Serves guests over HTTP. They read /request, write /response, and see /dev, a private /tmp and the key-value store /beta/kv/local, "
            + "in memory unless --kv says otherwise. Files that change, appear or vanish are taken up at once; requests in flight finish on the old module.\n\n"
            + "Examples:\n"
            + "  wasicloud serve guests/bin\n"
            + "  wasicloud serve --listen '*:80' --kv sqlite:app.db::/beta/kv/local function.wasm");
        command.Options.Add(Listen);
        command.Options.Add(Policy);
        command.Options.Add(Learn);
        Host.AddTo(command);
        command.Arguments.Add(Source);
        command.SetAction((result, cancellationToken) => ServeAsync(result, interruption, cancellationToken));
        return command;
    }

    private static Task<int> ServeAsync(ParseResult result, Interruption interruption, CancellationToken cancellationToken)
    {
        var settings = new ServeSettings
        {
            Source = CommandLineSplit.NotAnOption(result.GetRequiredValue(Source)),
            Address = ListenAddress.Parse(result.GetValue(Listen) ?? DefaultAddress),
            Policy = result.GetValue(Policy),
            Learn = result.GetValue(Learn),
            Host = Host.Read(result),
        };
        return GuestServer.RunAsync(settings, interruption, cancellationToken);
    }
}
