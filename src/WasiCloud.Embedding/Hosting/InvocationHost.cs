using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.Authority.Audit;
using WasiCloud.Embedding.Connections.Files;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.Engine;
using WasiCloud.Embedding.Engine.Compilation;
using WasiCloud.Embedding.Engine.Execution;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Hosting.Connections;
using WasiCloud.Embedding.Hosting.Daemons;
using WasiCloud.Embedding.Hosting.Invocations;
using WasiCloud.Embedding.Hosting.Modules;
using WasiCloud.Embedding.Hosting.Policies;
using WasiCloud.Embedding.Hosting.Reactors;
using WasiCloud.Embedding.Hosting.Streams;
using WasiCloud.Embedding.Http.Exchange;
using WasiCloud.Embedding.Http.Queue;
using WasiCloud.Embedding.Pipes;
using WasiCloud.Embedding.Preview1;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding.Hosting;

/// <summary>Owns the engines and the mounts.</summary>
internal sealed class InvocationHost : IInvocationHost, IAsyncDisposable, IDisposable
{
    private static readonly GuestModuleOptions DefaultModuleOptions = new();

    private readonly CancellationTokenSource _shutdown = new();
    private readonly InvocationSlots _slots;
    private readonly IVirtualMount[] _mounts;
    private readonly WasmEngines _engines;
    private readonly HostModules _modules;
    private readonly InvocationServices _services;
    private readonly InvocationPool _invocations;
    private readonly ModuleSources _sources;
    private readonly ILogger _sourceLogger;
    private readonly HostProbe _probe;
    private int _isDisposed;

    public InvocationHost(
        IOptions<WasiCloudOptions> options, IEnumerable<MountRegistration> registrations, IEnumerable<GuestImport> imports, IServiceProvider provider)
    {
        var settings = options.Value;
        var loggers = provider.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance;
        var logger = loggers.CreateLogger("WasiCloud.Embedding");
        (_sources, _sourceLogger) = (provider.GetRequiredService<ModuleSources>(), loggers.CreateLogger("WasiCloud.Embedding.Modules"));
        var mounts = registrations.Select(registration => (registration.GuestPath, registration.Access, Mount: registration.Create(provider))).ToArray();
        _mounts = [.. mounts.Select(mount => mount.Mount)];
        var mountTable = new MountTable(mounts);
        var environment = new GuestEnvironment(settings.Environment);
        _slots = new InvocationSlots(
            settings.MaxConcurrentInvocations, settings.MaxQueuedInvocations, settings.QueueTimeout,
            settings.MaxConcurrentInvocationsPerModule, provider.GetRequiredService<TimeProvider>());
        var engineSettings = new EngineSettings(
            settings.MaxMemoryBytes, settings.MaxTableElements, settings.MaxStackBytes, settings.MaxConcurrentInvocations,
            CountsFuel: settings.MaxFuel is not null,
            WantsFibers: settings.Execution != GuestExecution.Threads);
        _engines = new WasmEngines(
            engineSettings, Preview1Functions.Table, [.. imports], new ComputeGate(settings.MaxComputingGuests, spares: settings.MaxComputingGuests), logger);
        var exchangeLimits = new ExchangeLimits(
            settings.MaxResponseBytes, settings.MaxResponseHeadBytes, settings.MaxJsonBodyBytes, settings.ResponseBufferBytes)
        {
            Budget = new ResponseBudget(settings.MaxResponseBufferBytes),
        };
        var logLimits = new LogLimits(settings.MaxLogBytes, settings.MaxLogLines, settings.MaxLogBytesPerSecond, settings.MaxLogLinesPerSecond);
        _services = new InvocationServices(
            settings, environment, mountTable, exchangeLimits, logLimits, provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<IRandomSource>(), logger,
            new HostPolicies(mountTable, settings.Policy, settings.RequirePolicy, logger, _shutdown.Token), provider.GetService<AuditTrail>(), _shutdown.Token);
        _invocations = new InvocationPool(_services);
        _probe = new HostProbe(_engines.Default, _services.TimeProvider);
        _modules = new HostModules(_engines, _services);
    }

    /// <summary>What the responses of this host hold.</summary>
    internal ResponseBudget ResponseBudget => _services.ExchangeLimits.Budget;

    /// <summary>What there is to do at this moment.</summary>
    internal HostLoad Load => new(
        _slots.Taken, _slots.Count, _slots.Waiting, _services.Options.MaxQueuedInvocations, _engines.Default.Gate.Waiting, ResponseBudget.HeldBytes);

    public int MaxModuleBytes => _services.Options.MaxModuleBytes;

    public ValueTask<GuestModule> LoadAsync(
        ReadOnlyMemory<byte> wasm, string name, GuestModuleOptions? options = null, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_isDisposed != 0, this);
        ModuleName.Check(name, nameof(name));
        options ??= DefaultModuleOptions;
        GuestModuleOptionsValidator.Instance.ThrowIfInvalid(options, nameof(options));

        // Compiling takes all cores for seconds if the module is large: not on the caller's thread.
        return new ValueTask<GuestModule>(Task.Run(() => _modules.LoadAsync(wasm, name, options, cancellationToken), cancellationToken));
    }

    public bool HasLoaded(GuestModule module)
    {
        ArgumentNullException.ThrowIfNull(module);
        return module is CompiledModule compiled && _engines.Contains(compiled.Engine);
    }

    public Task<InvocationResponse> InvokeAsync(GuestModule module, InvocationRequest request, CancellationToken cancellationToken = default)
    {
        var compiled = Accept(module, request);
        Require(GuestModuleKind.Command, module, $": start it by {nameof(StartAsync)}.");
        var limits = ExecutionLimits.Of(request, _services.Options);
        RequestFields.Validate(request);

        if (_services.RefuseCall(module, request) is { } refusal) return Task.FromException<InvocationResponse>(refusal);

        // Until the slots know of it.
        var use = ModuleUse.Begin(compiled);
        try
        {
            var claim = _services.ClaimOf(compiled, request);
            var share = _services.TenantShares.Of(request.Tenant) ?? compiled.ComputeShare;
            var hasSlots = _slots.TryEnter(claim, cancellationToken);
            return hasSlots && !WaitingInvocation.MustWait(compiled, share)
                ? Begin(compiled, request, limits, place: null, cancellationToken)
                : InvokeLaterAsync(compiled, request, limits, claim, share, hasSlots, cancellationToken);
        }
        finally
        {
            use.Dispose();
        }
    }

    public async Task<GuestInstance> StartAsync(GuestModule module, InvocationRequest request, CancellationToken cancellationToken = default)
    {
        var compiled = Accept(module, request);
        Require(GuestModuleKind.Reactor, module, $": run it by {nameof(InvokeAsync)}.");
        using var use = ModuleUse.Begin(compiled);
        if (_services.RefuseCall(module, request) is { } refusal) throw refusal;
        var instance = new ReactorInstance(_services, compiled, request);
        await _slots.EnterAsync(_services.ClaimOf(compiled, request), cancellationToken).ConfigureAwait(false);
        await instance.StartAsync(_slots, cancellationToken).ConfigureAwait(false);
        return instance;
    }

    public GuestDaemon StartDaemon(GuestModule module, string name, GuestDaemonOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var settings = options ?? new GuestDaemonOptions();
        DaemonOptionsValidator.Instance.ThrowIfInvalid(settings, nameof(options));
        var request = DaemonGuest.Describe(settings);
        var compiled = Accept(module, request);
        RequestFields.Validate(request);
        Require(GuestModuleKind.Command, module, " and cannot run as a daemon.");
        if (settings.Interface == GuestInterface.Files && !_services.Mounts.Has<HttpMount>())
            throw new InvalidOperationException("A daemon that gets its requests as files needs /beta/http: call AddDaemonHttpFiles().");
        var isPerTenant = settings.MaxTenants is not null
            || (settings.Tenant is null && _services.Policies.Of(compiled, request) is { HasTenantLines: true });
        return isPerTenant
            ? TenantDaemons.Start(_services, _slots, compiled, name, settings.ForTenants(), request)
            : Daemon.Start(_services, _slots, compiled, name, settings, request);
    }

    public Task<InvocationCompletion> ServeConnectionAsync(GuestModule module, GuestConnection connection, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        connection.Options.Validate(nameof(connection));
        if (connection.Request.Interface != GuestInterface.Files || connection.Request.Body is not null)
            throw new ArgumentException("A connection's request has files as its interface, and no body.", nameof(connection));
        var compiled = Accept(module, connection.Request);
        Require(GuestModuleKind.Command, module, " and cannot serve a connection.");
        if (!_services.Mounts.Has<ConnectionMount>())
            throw new InvalidOperationException("A guest that lives for a connection needs /connection: call AddConnectionFiles().");

        // Before a WebSocket is accepted.
        RequestFields.Validate(connection.Request);
        ExecutionLimits.Of(connection.Request, _services.Options);
        if (_services.RefuseCall(module, connection.Request) is { } refusal) return Task.FromException<InvocationCompletion>(refusal);
        return ConnectionService.ServeAsync(_services, _slots, compiled, ModuleUse.Begin(compiled), connection, cancellationToken);
    }

    public async Task OpenAsync(GuestModuleSource source, GuestModuleKind kind = GuestModuleKind.Command, CancellationToken cancellationToken = default) =>
        await Open(source, kind).OpenedAsync(cancellationToken).ConfigureAwait(false);

    public void OpenAtStart(GuestModuleSource source, GuestModuleKind kind = GuestModuleKind.Command) => _sources.Require(Open(source, kind));

    /// <summary>Runs a guest that does nothing, unless it would have to wait for a slot.</summary>
    /// <param name="timeout">How long it may take.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Whether it ran.</returns>
    /// <exception cref="GuestException">Guests cannot run, or not in that time.</exception>
    internal async Task<bool> TryProbeAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isDisposed != 0, this);
        var module = await _probe.LoadAsync(cancellationToken).ConfigureAwait(false);
        var request = new InvocationRequest { Timeout = timeout, Policy = GuestPolicy.Nothing };
        var limits = ExecutionLimits.Of(request, _services.Options);
        cancellationToken.ThrowIfCancellationRequested();
        if (!_slots.TryEnter(module, cancellationToken)) return false;
        var response = await Begin(module, request, limits, place: null, cancellationToken).ConfigureAwait(false);
        await using (response.ConfigureAwait(false)) await response.Completion.ConfigureAwait(false);
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        await _shutdown.CancelAsync().ConfigureAwait(false);
        await _sources.CloseAsync().ConfigureAwait(false);
        await _slots.CloseAsync().ConfigureAwait(false);
        try
        {
            foreach (var mount in _mounts)
            {
                if (mount is IAsyncDisposable asynchronous) await asynchronous.DisposeAsync().ConfigureAwait(false);
                else (mount as IDisposable)?.Dispose();
            }
        }
        finally
        {
            _probe.Dispose();
            await _modules.DisposeAsync().ConfigureAwait(false);
            await _engines.DisposeAsync().ConfigureAwait(false);
            _slots.Dispose();
            _shutdown.Dispose();
        }
    }

    // A container that is disposed synchronously leaves no other way; no continuation needs the caller's thread.
#pragma warning disable VSTHRD002
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();
#pragma warning restore VSTHRD002

    private ModuleFeed Open(GuestModuleSource source, GuestModuleKind kind)
    {
        ObjectDisposedException.ThrowIf(_isDisposed != 0, this);
        ArgumentNullException.ThrowIfNull(source);
        return _sources.Add(source, kind, this, _services.Options.MaxModuleBytes, _services.TimeProvider, _sourceLogger);
    }

    // Whoever waits for room, or is refused, holds nothing of an invocation.
    private Task<InvocationResponse> InvokeLaterAsync(
        CompiledModule module, InvocationRequest request, ExecutionLimits limits, SlotClaim claim, ComputeShare share, bool hasSlots,
        CancellationToken cancellationToken)
    {
        _services.ConnectionGuests.MakeRoom();
        var waiting = new WaitingInvocation(
            _services, _slots, module, claim, share, limits, (remaining, place) => Begin(module, request, remaining, place, cancellationToken),
            cancellationToken);
        if (hasSlots) waiting.WaitForPlace();
        else _slots.Wait(claim, waiting);
        return waiting.Response;
    }

    // There is room.
    private Task<InvocationResponse> Begin(
        CompiledModule module, InvocationRequest request, ExecutionLimits limits, ComputeTurn? place, CancellationToken cancellationToken)
    {
        Invocation invocation;
        try
        {
            invocation = _invocations.Rent();
            invocation.Begin(module, request, CommandExecution.Instance, limits, cancellationToken, _invocations, place);
        }
        catch
        {
            _slots.Leave(_services.ClaimOf(module, request));
            throw;
        }

        return invocation.RespondAsync(invocation.RunAsync(_slots));
    }

    private static void Require(GuestModuleKind kind, GuestModule module, string consequence)
    {
        if (module.Kind == kind) return;
        var what = kind == GuestModuleKind.Command ? "a reactor, which does not export '_start'" : "a command, which exports '_start'";
        throw new ArgumentException($"The module '{module.Name}' is {what}{consequence}", nameof(module));
    }

    private CompiledModule Accept(GuestModule module, InvocationRequest request)
    {
        ObjectDisposedException.ThrowIf(_isDisposed != 0, this);
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(request);
        if (!HasLoaded(module)) throw new ArgumentException($"The module '{module.Name}' was loaded by another host.", nameof(module));
        var compiled = (CompiledModule)module;
        ObjectDisposedException.ThrowIf(compiled.IsDisposed, module);
        _services.Policies.Of(compiled, request);
        return compiled;
    }
}
