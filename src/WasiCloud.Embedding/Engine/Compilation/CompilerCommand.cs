namespace WasiCloud.Embedding.Engine.Compilation;

/// <summary>What is started to compile a module.</summary>
/// <param name="Program">The program.</param>
/// <param name="Arguments">Its arguments; the last is <see cref="Switch"/>.</param>
internal sealed record CompilerCommand(string Program, IReadOnlyList<string> Arguments)
{
    /// <summary>By which a program knows that it was started to compile.</summary>
    public const string Switch = "--wasicloud-compile-module";

    private const string Runtime = "dotnet";

    /// <summary>Whether this program looks for the switch before it does anything else, and so can be started again.</summary>
    public static bool IsOffered { get; set; }

    /// <summary>Takes what was configured, or this program itself.</summary>
    /// <param name="configured">Program and arguments; empty for this program.</param>
    /// <param name="isOffered">Whether this program may be started again.</param>
    /// <exception cref="InvalidOperationException">This program would do its own work instead of compiling.</exception>
    public static CompilerCommand Find(IEnumerable<string> configured, bool isOffered)
    {
        if (configured.ToArray() is [var program, .. var arguments]) return new CompilerCommand(program, [.. arguments, Switch]);
        if (!isOffered || Environment.ProcessPath is not { } self)
        {
            throw new InvalidOperationException(
                $"{nameof(WasiCloudOptions.ModuleCompilation)} is {nameof(ModuleCompilation.OutOfProcess)}: "
                + "make 'GuestCompiler.RunIfRequested(args);' the first statement of the program's Main, "
                + $"so that the host can start the program again as the compiler, or set {nameof(WasiCloudOptions.CompilerCommand)}.");
        }

        return new CompilerCommand(self, [.. ArgumentsOfRuntime(self), Switch]);
    }

    // A program with a launcher of its own, in a single file or compiled ahead of time is its process's path. What 'dotnet app.dll' and 'dotnet exec ...
    // app.dll' started is not.
    private static IEnumerable<string> ArgumentsOfRuntime(string self)
    {
        if (Path.GetFileNameWithoutExtension(self) != Runtime) return [];
        return BeforeProgram(File.ReadAllText("/proc/self/cmdline").Split('\0'), Path.GetFullPath(Environment.GetCommandLineArgs()[0]));
    }

    /// <summary>The runtime's own arguments, and the program's file.</summary>
    /// <param name="commandLine">As this process was started.</param>
    /// <param name="location">Where the program's file is.</param>
    internal static IEnumerable<string> BeforeProgram(IReadOnlyList<string> commandLine, string location)
    {
        var own = commandLine.Skip(1).TakeWhile(argument => Path.GetFileName(argument) != Path.GetFileName(location)).ToArray();
        return own.Length + 1 < commandLine.Count ? [.. own, location] : [location];
    }
}
