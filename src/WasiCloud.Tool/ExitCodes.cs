namespace WasiCloud.Tool;

/// <summary>What the command returns when it is not the guest's own exit code.</summary>
internal static class ExitCodes
{
    /// <summary>The guest could not be started, or what it wrote could not be committed.</summary>
    public const int Failure = 1;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 2;

    /// <summary><c>--timeout</c> elapsed; as <c>timeout(1)</c>.</summary>
    public const int TimedOut = 124;

    /// <summary>Interrupted; 128 + SIGINT.</summary>
    public const int Interrupted = 130;

    /// <summary>Terminated; 128 + SIGTERM.</summary>
    public const int Terminated = 143;

    /// <summary>The guest went on although nobody reads its output, or nobody reads what the command prints; 128 + SIGPIPE.</summary>
    public const int ClosedPipe = 141;

    /// <summary>The guest trapped; 128 + SIGABRT, as wasmtime.</summary>
    public const int Trap = 134;

    /// <summary>The guest's own code is one that says success when its lowest eight bits alone are left, which is all that a shell sees of one.</summary>
    public const int Folded = 255;
}
