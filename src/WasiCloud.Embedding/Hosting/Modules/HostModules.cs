using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.Engine;
using WasiCloud.Embedding.Engine.Compilation;
using WasiCloud.Embedding.Hosting.Invocations;
using WasiCloud.Embedding.Hosting.Policies;

namespace WasiCloud.Embedding.Hosting.Modules;

/// <summary>Loads the modules of a host. Thread-safe.</summary>
/// <param name="engines">What runs them.</param>
/// <param name="services">The host.</param>
internal sealed class HostModules(WasmEngines engines, InvocationServices services) : IAsyncDisposable
{
    private readonly ModuleCompilations _compilations = new(services.TimeProvider);
    private readonly ModuleCompiler _compiler = ModuleCompiler.Of(services.Options, services.TimeProvider);
    private readonly PolicyHistory _policies = new(services.Audit, services.TimeProvider);
    private readonly ModuleCache? _cache = services.Options.ModuleCacheFolder is { } folder ? new ModuleCache(folder, services.Logger) : null;

    /// <summary>Loads a module, on the caller's thread as far as it compiles here.</summary>
    /// <param name="wasm">The module.</param>
    /// <param name="name">Its name.</param>
    /// <param name="options">How it is loaded.</param>
    /// <param name="cancellationToken">Ends the load.</param>
    /// <exception cref="InvalidGuestModuleException">It cannot be loaded, or not with its policy.</exception>
    /// <exception cref="ObjectDisposedException">The host is disposed.</exception>
    public async Task<GuestModule> LoadAsync(ReadOnlyMemory<byte> wasm, string name, GuestModuleOptions options, CancellationToken cancellationToken)
    {
        var policy = services.Policies.OfModule(options);
        Prepare(policy, name);
        var engine = engines.For(StackLimit.Of(options.MaxStackBytes, services.Options.MaxStackBytes, policy));
        var loader = new ModuleLoader(engine, _compilations, _cache, _compiler, services.Options.MaxModuleBytes);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, services.ShutdownToken);
        try
        {
            var module = await loader.LoadAsync(wasm, name, options, policy, ended.Token).ConfigureAwait(false);
            _policies.Loaded(name, policy);
            return module;
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ObjectDisposedException("The host was disposed while the module was loaded.", exception);
        }
    }

    /// <summary>Compiles no more.</summary>
    public ValueTask DisposeAsync() => _compiler.DisposeAsync();

    private void Prepare(GuestPolicy? policy, string name)
    {
        if (policy is null) return;
        try
        {
            services.Policies.Prepare(policy);
        }
        catch (ArgumentException exception)
        {
            var problem = exception.Message.Replace($" (Parameter '{exception.ParamName}')", string.Empty, StringComparison.Ordinal);
            throw new InvalidGuestModuleException($"The module '{name}' cannot have its policy here: {problem}", innerException: exception);
        }
    }
}
