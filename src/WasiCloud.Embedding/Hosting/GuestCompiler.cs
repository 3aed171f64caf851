using WasiCloud.Embedding.Engine.Compilation;

namespace WasiCloud.Embedding.Hosting;

/// <summary>Lets a program be started again as the compiler of its own host (<see cref="ModuleCompilation.OutOfProcess"/>).</summary>
public static class GuestCompiler
{
    /// <summary>
    /// If this process was started by a host to compile a module, does that and ends the process: does not return. Otherwise returns at once. It must be the
    /// first statement of <c>Main</c>, before anything is
    /// opened, logged or written to standard output.
    /// </summary>
    /// <param name="args">The program's arguments.</param>
    public static void RunIfRequested(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        CompilerCommand.IsOffered = true;
        if (args is [CompilerCommand.Switch]) Environment.Exit(CompilerProgram.Run());
    }
}
