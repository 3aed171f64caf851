using System.Numerics;
using Microsoft.Extensions.Logging;
using WasiCloud.Embedding.Engine.Execution;
using WasiCloud.Embedding.Engine.Interop;
using WasiCloud.Embedding.HostCalls;

namespace WasiCloud.Embedding.Engine;

/// <summary>
/// The engines of a host: one for the stack that its options name, and one more for each size of stack that a module asked for, since the size is the same for
/// all guests of an engine. Thread-safe.
/// </summary>
internal sealed class WasmEngines : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly HostCallTable _hostCalls;
    private readonly IReadOnlyList<GuestImport> _imports;
    private readonly ComputeGate _gate;
    private readonly ILogger _logger;
    private volatile WasmEngine[] _engines = [];
    private bool _fallbackWasTold;
    private bool _isDisposed;

    /// <summary>Makes the first engine.</summary>
    /// <param name="settings">Its settings, and but for the stack those of the others.</param>
    /// <param name="hostCalls">The host's functions.</param>
    /// <param name="imports">The application's own functions.</param>
    /// <param name="gate">Where the guests of all of them get their places to compute.</param>
    /// <param name="logger">Is told once if guests cannot run on fibers.</param>
    public WasmEngines(EngineSettings settings, HostCallTable hostCalls, IReadOnlyList<GuestImport> imports, ComputeGate gate, ILogger logger)
    {
        (_hostCalls, _imports, _gate, _logger) = (hostCalls, imports, gate, logger);
        Default = Create(settings);
    }

    /// <summary>The engine of modules that ask for nothing.</summary>
    public WasmEngine Default { get; }

    /// <summary>Whether an engine is one of these.</summary>
    public bool Contains(WasmEngine engine) => Array.IndexOf(_engines, engine) >= 0;

    /// <summary>The engine for a module, made if there is none yet.</summary>
    /// <param name="maxStackBytes">The WebAssembly stack that it wants, in bytes. Rounded up to a power of two, so that there are few engines.</param>
    /// <exception cref="InvalidOperationException">The process has no room for another.</exception>
    public WasmEngine For(int? maxStackBytes)
    {
        if (maxStackBytes is not { } wanted || wanted == Default.Settings.MaxStackBytes) return Default;
        var rounded = (int)BitOperations.RoundUpToPowerOf2((uint)wanted);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return Array.Find(_engines, engine => engine.Settings.MaxStackBytes == rounded) ?? Create(Default.Settings with { MaxStackBytes = rounded });
        }
    }

    /// <summary>Releases all of them. No guest runs any more.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock) _isDisposed = true;
        foreach (var engine in _engines)
        {
            await engine.Threads.DisposeAsync().ConfigureAwait(false);
            engine.Dispose();
        }
    }

    private WasmEngine Create(EngineSettings settings)
    {
        var engine = new WasmEngine(settings, _hostCalls, _imports, _gate);
        _engines = [.. _engines, engine];
        if (settings.WantsFibers && engine.Fibers is null && !_fallbackWasTold)
        {
            _fallbackWasTold = true;
            Log.FibersNotPossible(_logger);
        }

        return engine;
    }
}
