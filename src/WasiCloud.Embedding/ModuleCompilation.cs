namespace WasiCloud.Embedding;

/// <summary>Where modules are compiled.</summary>
public enum ModuleCompilation
{
    /// <summary>
    /// In the application's process. The compiler's memory is estimated before, its time is not limited, and a crash of the compiler ends the application.
    /// </summary>
    InProcess,

    /// <summary>
    /// In a child process for each module, which ends when it takes longer than <see cref="WasiCloudOptions.MaxCompilationTime"/> or more than
    /// <see cref="WasiCloudOptions.MaxCompilationBytes"/>, or when the
    /// compiler crashes: the load fails with <see cref="InvalidGuestModuleException"/> and the application goes on. Linux only. The child is the
    /// application's own program, started again, so its
    /// <c>Main</c> calls <c>GuestCompiler.RunIfRequested(args)</c> first; or <see cref="WasiCloudOptions.CompilerCommand"/>. docs/compiling.md.
    /// </summary>
    OutOfProcess,
}
