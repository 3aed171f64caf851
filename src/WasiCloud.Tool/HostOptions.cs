using System.CommandLine;
using System.Globalization;
using WasiCloud.Embedding;

namespace WasiCloud.Tool;

/// <summary>The options of every command that runs guests.</summary>
/// <param name="defaultMemoryBytes">Linear memory unless <c>--max-memory</c> is given, in bytes.</param>
/// <param name="defaultTimeout">A guest's time unless <c>--timeout</c> is given.</param>
internal sealed class HostOptions(long defaultMemoryBytes, TimeSpan defaultTimeout)
{
    /// <summary>1 GiB: a guest that fills its memory directory gets <c>ENOSPC</c> before the machine does.</summary>
    public const long DefaultMemoryFileBytes = 1L << 30;

    private readonly Option<string[]> _hostDirectory = Many("--dir", "HOST::GUEST", "Show a folder of the host.");
    private readonly Option<string[]> _readOnlyDirectory = Many("--ro-dir", "HOST::GUEST", "Show a folder of the host; every change fails.");
    private readonly Option<string[]> _copy = Many("--copy", "HOST::GUEST", "Show a copy of a folder, in memory; nothing is written back.");
    private readonly Option<string[]> _memory = Many("--mem", "GUEST", "Show an empty directory in memory.");
    private readonly Option<string[]> _keyValue = Many("--kv", "SPEC::GUEST", "Show a key-value store: 'memory' or 'sqlite:FILE'.");
    private readonly Option<string[]> _environment = Many("--env", "NAME=VALUE", "Set an environment variable.");
    private readonly Option<string?> _stack = Text("--stack-size", "BYTES", "Size of the WebAssembly stack.");
    private readonly Option<string?> _maxMemory = Text("--max-memory", "BYTES", $"Limit of linear memory. Default {defaultMemoryBytes >> 20} MiB.");
    private readonly Option<string?> _time = Text(
        "--timeout", "SECONDS", $"Limit of a guest's time. Default " +
            $"{(defaultTimeout == Timeout.InfiniteTimeSpan ? "none" : $"{defaultTimeout.TotalSeconds} s")}.");

    private readonly Option<string?> _fuel =
        Text("--fuel", "N", "Limit of what a guest executes, about one unit an instruction. Default none; counting makes it slower.");
    private readonly Option<string?> _execution = Text(
        "--execution", string.Join('|',
            Executions), $"What guests run on: threads, or stacks of their own, where a guest that waits holds no thread (Linux). " +
                $"Default {new WasiCloudOptions().Execution.ToString().ToLowerInvariant()}.");

    private readonly Option<string?> _memoryFiles =
        Text("--max-files", "BYTES", $"Limit of each directory of --mem and --copy. Default {DefaultMemoryFileBytes >> 20} MiB.");
    private readonly Option<string?> _folderBytes = Text(
        "--max-dir-bytes", "BYTES", "Limit of what each folder of --dir may hold, with what is there already. Default none.");

    private readonly Option<string?> _folderNodes = Text(
        "--max-dir-nodes", "N", "Limit of files, directories and links below each folder of --dir. Default none.");

    private readonly Option<string?> _checksum =
        Text("--sha256", "HEX", "The module's SHA-256, as 'wasicloud inspect' prints it; another module is refused.");

    private readonly Option<string?> _cache = Text("--cache", "DIR", "Folder of compiled modules.");
    private readonly Option<bool> _noCache = new("--no-cache") { Description = "Compile modules anew." };
    private readonly Option<bool> _outOfProcess = new("--compile-out-of-process")
    {
        Description = "Compile modules in a child process, which may take "
            + $"{new WasiCloudOptions().MaxCompilationTime.TotalMinutes:0} minutes: for modules of strangers (Linux).",
    };

    /// <summary>Texts, not numbers, because a number's own error message would be the parser's; and each type costs start-up.</summary>
    public static Option<string?> Text(string name, string form, string description) => new(name) { HelpName = form, Description = description };

    public void AddTo(Command command)
    {
        Option[] options =
        [
            _hostDirectory, _readOnlyDirectory, _copy, _memory, _keyValue, _environment, _stack, _maxMemory,
            _memoryFiles, _folderBytes, _folderNodes, _time, _fuel, _execution, _checksum, _cache, _noCache, _outOfProcess,
        ];
        foreach (var option in options)
            command.Options.Add(option);
    }

    /// <exception cref="FormatException">An option's value has another form.</exception>
    public HostSettings Read(ParseResult result) => new()
    {
        Mounts =
        [
            .. Mounts(result, _hostDirectory, MountKind.HostDirectory),
            .. Mounts(result, _readOnlyDirectory, MountKind.ReadOnlyHostDirectory),
            .. Mounts(result, _copy, MountKind.Copy),
            .. Mounts(result, _memory, MountKind.Memory),
            .. Mounts(result, _keyValue, MountKind.KeyValue),
        ],
        Environment = Variables(result.GetValue(_environment) ?? []),
        StackBytes = result.GetValue(_stack) is { } stack ? (int)Bytes(_stack.Name, stack, int.MaxValue) : null,
        MemoryBytes = result.GetValue(_maxMemory) is { } memory ? Bytes(_maxMemory.Name, memory, long.MaxValue) : defaultMemoryBytes,
        Timeout = result.GetValue(_time) is { } seconds ? Seconds(seconds) : defaultTimeout,
        Fuel = result.GetValue(_fuel) is { } fuel ? Number(_fuel.Name, fuel, "units") : null,
        Execution = result.GetValue(_execution) is { } execution ? Execution(execution) : null,
        MemoryFileBytes = result.GetValue(_memoryFiles) is { } bytes ? Bytes(_memoryFiles.Name, bytes, long.MaxValue) : DefaultMemoryFileBytes,
        FolderBytes = result.GetValue(_folderBytes) is { } folderBytes ? Bytes(_folderBytes.Name, folderBytes, long.MaxValue) : null,
        FolderNodes = result.GetValue(_folderNodes) is { } folderNodes ? Number(_folderNodes.Name, folderNodes, "nodes") : null,
        Sha256 = result.GetValue(_checksum) is { } checksum ? Checksum(checksum) : null,
        CacheFolder = result.GetValue(_cache),
        UseCache = !result.GetValue(_noCache),
        Compilation = result.GetValue(_outOfProcess) ? ModuleCompilation.OutOfProcess : ModuleCompilation.InProcess,
    };

    private static IEnumerable<string> Executions => Enum.GetNames<GuestExecution>().Select(name => name.ToLowerInvariant());

    private static IEnumerable<MountSpecification> Mounts(ParseResult result, Option<string[]> option, MountKind kind) =>
        (result.GetValue(option) ?? []).Select(text => MountSpecification.Parse(kind, text));

    private static long Bytes(string option, string text, long maximum) => Number(option, text, "bytes", maximum);

    private static long Number(string option, string text, string unit, long maximum = long.MaxValue) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value <= maximum
            ? value
            : throw new FormatException($"{option} '{text}' must be a number of {unit}, at most {maximum}.");

    private static string Checksum(string text) =>
        text.Length == 64 && text.All(char.IsAsciiHexDigit) ? text : throw new FormatException($"--sha256 '{text}' must be 64 hexadecimal digits.");

    private static TimeSpan Seconds(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and <= int.MaxValue / 1000
            ? TimeSpan.FromSeconds(seconds)
            : throw new FormatException($"--timeout '{text}' must be a number of seconds, more than 0 and at most 24 days.");

    // Not the enumeration's numbers, which TryParse takes as well.
    private static GuestExecution Execution(string text) =>
        Executions.Contains(text, StringComparer.OrdinalIgnoreCase)
            ? Enum.Parse<GuestExecution>(text, ignoreCase: true)
            : throw new FormatException($"--execution '{text}' must be {string.Join(" or ", Executions)}.");

    private static Dictionary<string, string> Variables(string[] assignments)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var assignment in assignments)
        {
            var at = assignment.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0) throw new FormatException($"--env '{assignment}' must have the form NAME=VALUE.");
            variables[assignment[..at]] = assignment[(at + 1)..];
        }

        return variables;
    }

    private static Option<string[]> Many(string name, string form, string description) =>
        new(name) { HelpName = form, Description = description, Arity = ArgumentArity.OneOrMore, AllowMultipleArgumentsPerToken = false };
}
