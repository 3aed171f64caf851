using System.Collections.Concurrent;
using System.Globalization;

namespace WasiCloud.Embedding.Tests.Hosting.Modules;

/// <summary>Modules that exit with their version, and what can go wrong with them.</summary>
internal sealed class MemoryRepository : IGuestModuleRepository
{
    private readonly ConcurrentDictionary<(string Tenant, string Name), int> _opening = new();
    private int _opened;

    /// <summary>What is there.</summary>
    public ConcurrentDictionary<(string Tenant, string Name), int> Versions { get; } = new();

    /// <summary>Does something else instead.</summary>
    public Func<string, string, CancellationToken, ValueTask<GuestModuleContent?>>? Instead { get; set; }

    /// <summary>How often something was opened.</summary>
    public int Opened => Volatile.Read(ref _opened);

    /// <summary>The most that was opened of one module at one time.</summary>
    public int MostAtOnce { get; private set; }

    /// <summary>A module that exits with its version; each is another one.</summary>
    public static GuestModuleContent Content(string tenant, string name, int version)
    {
        var wasm = TestHost.Assemble($$"""
            (module
              (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
              (memory (export "memory") 1)
              (data (i32.const 0) "{{tenant}}/{{name}}")
              (func (export "_start") (call $exit (i32.const {{version}}))))
            """);
        return new GuestModuleContent(new MemoryStream(wasm), version.ToString(CultureInfo.InvariantCulture));
    }

    public async ValueTask<GuestModuleContent?> OpenAsync(string tenant, string name, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _opened);
        var count = _opening.AddOrUpdate((tenant, name), 1, static (_, count) => count + 1);
        if (count > MostAtOnce) MostAtOnce = count;
        try
        {
            if (Instead is { } instead) return await instead(tenant, name, cancellationToken);
            return Versions.TryGetValue((tenant, name), out var version) ? Content(tenant, name, version) : null;
        }
        finally
        {
            _opening.AddOrUpdate((tenant, name), 0, static (_, count) => count - 1);
        }
    }
}
