using WasiCloud.Embedding.Engine.Interop;

namespace WasiCloud.Embedding.Engine.Compilation;

/// <summary>Compiles modules within a host's limits, here or in a child process. Thread-safe.</summary>
/// <param name="gate">What is compiled at one time.</param>
/// <param name="maxCompilationBytes">Memory that one module may take, in bytes.</param>
/// <param name="children">Who compiles elsewhere; <see langword="null"/> to compile in this process.</param>
internal sealed class ModuleCompiler(CompilationGate gate, long maxCompilationBytes, ChildCompiler? children = null) : IAsyncDisposable
{
    /// <summary>Makes the compiler of a host.</summary>
    /// <exception cref="InvalidOperationException">Modules are to be compiled out of process, and it is not known by what program.</exception>
    public static ModuleCompiler Of(WasiCloudOptions options, TimeProvider time)
    {
        ChildCompiler? children = null;
        if (options.ModuleCompilation == ModuleCompilation.OutOfProcess)
        {
            var command = CompilerCommand.Find(options.CompilerCommand, CompilerCommand.IsOffered);
            children = new ChildCompiler(command, options.MaxCompilationTime, options.MaxCompilationBytes, time);
        }

        return new ModuleCompiler(new CompilationGate(options.MaxConcurrentCompilations, options.MaxCompilationBytes), options.MaxCompilationBytes, children);
    }

    /// <summary>Compiles.</summary>
    /// <param name="engine">What runs the module.</param>
    /// <param name="wasm">The module.</param>
    /// <param name="cancellationToken">Ends the wait for a turn, and a child process.</param>
    /// <exception cref="InvalidGuestModuleException">It is not valid, or compiling it takes more than it may.</exception>
    public async Task<WasmModuleHandle> CompileAsync(WasmEngine engine, ReadOnlyMemory<byte> wasm, CancellationToken cancellationToken)
    {
        var bytes = ModuleInspection.CheckCompilation(wasm.Span, maxCompilationBytes);
        using var place = await gate.EnterAsync(bytes, cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        if (children is not null) return await children.CompileAsync(engine, wasm, cancellationToken).ConfigureAwait(false);
        if (WasmModuleHandle.TryCompile(engine.Handle, wasm.Span, out var module, out var error)) return module;
        throw ModuleInspection.ToException(error.Message);
    }

    /// <summary>Ends the child processes. What is compiled in this process goes on to its end.</summary>
    public ValueTask DisposeAsync() => children?.DisposeAsync() ?? ValueTask.CompletedTask;
}
