using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;

namespace WasiCloud.Embedding.Reliability.Modules;

/// <summary>
/// Eight callers ask for modules of tenants, of which few have room at one time: half of them any, half some much more often than others; one request in a
/// hundred replaces the module first.
/// </summary>
internal sealed class ModuleLoad(int modules, int room) : IGuestModuleRepository
{
    private const int Callers = 8;
    private const int Tenants = 10;
    private const int Numbers = 64;
    private const int RequestsPerReplacement = 100;

    private readonly int[] _versions = new int[modules];
    private readonly ConcurrentDictionary<int, bool> _opening = new();
    private long _requests;
    private long _replacements;
    private long _mostCode;
    private int _mostModules;

    /// <summary>Runs for some time.</summary>
    /// <returns>What was seen.</returns>
    /// <exception cref="LedgerViolationException">A request was lost, or had another module than it was to have.</exception>
    public async Task<string> RunAsync(TimeSpan duration)
    {
        var services = new ServiceCollection();
        services.AddWasiCloud(options => (options.Execution, options.ModuleCacheFolder) = (TestExecution.Value, null))
            .AddModuleStore(this, store => store.MaxModules = room);
        await using var provider = services.BuildServiceProvider();
        var (host, store) = (provider.GetRequiredService<IInvocationHost>(), provider.GetRequiredService<GuestModuleStore>());
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(() => CallAsync(host, store, caller, () => watch.Elapsed < duration))));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{modules} modules, room for {room}, {TestExecution.Value}, {watch.Elapsed:mm\\:ss}: {_requests} requests, {_replacements} replacements, " +
                $"{store.Loads} loads, {store.Unloads} unloads; at most {_mostModules} modules with {_mostCode >> 10} KiB of code, " +
                $"{PeakKilobytes() >> 10} MiB resident: 0 lost, 0 of a wrong module, 0 loaded twice at one time");
    }

    public ValueTask<GuestModuleContent?> OpenAsync(string tenant, string name, CancellationToken cancellationToken)
    {
        var module = int.Parse(name, CultureInfo.InvariantCulture);
        if (!_opening.TryAdd(module, value: true)) throw new LedgerViolationException($"Module {name} is loaded twice at one time.");
        var version = Volatile.Read(ref _versions[module]);
        var wasm = NumberedModule.Create((module + version) % Numbers, salt: module + (version * modules));
        var stream = new ClosingStream(wasm, () => _opening.TryRemove(module, out _));
        return new ValueTask<GuestModuleContent?>(new GuestModuleContent(stream, version.ToString(CultureInfo.InvariantCulture)));
    }

    private static long PeakKilobytes() => Process.GetCurrentProcess().PeakWorkingSet64 >> 10;

    private async Task CallAsync(IInvocationHost host, GuestModuleStore store, int caller, Func<bool> goesOn)
    {
        var random = new Random(caller);
        while (goesOn())
        {
            var module = caller % 2 == 0 ? random.Next(modules) : (int)(modules * Math.Pow(random.NextDouble(), 4));
            var (tenant, name) = ($"tenant{module % Tenants}", module.ToString(CultureInfo.InvariantCulture));
            if (random.Next(RequestsPerReplacement) == 0)
            {
                Interlocked.Increment(ref _versions[module]);
                Interlocked.Increment(ref _replacements);
                store.Invalidate(tenant, name);
            }

            await RequestAsync(host, store, module, tenant, name);
            Max(ref _mostModules, store.Count);
            Max(ref _mostCode, store.CodeBytes);
        }
    }

    private async Task RequestAsync(IInvocationHost host, GuestModuleStore store, int module, string tenant, string name)
    {
        // Each of the others may have counted a version of which the store is not told yet.
        var before = Volatile.Read(ref _versions[module]);
        var number = await RunAsync(host, store, tenant, name);
        var after = Volatile.Read(ref _versions[module]);
        var first = Math.Max(0, before - Callers);
        var isKnown = Enumerable.Range(first, after - first + 1).Any(version => (module + version) % Numbers == number);
        if (!isKnown) throw new LedgerViolationException($"Module {name} of versions {before} to {after} exited with {number}.");
        Interlocked.Increment(ref _requests);
    }

    private static async Task<int> RunAsync(IInvocationHost host, GuestModuleStore store, string tenant, string name)
    {
        using var lease = await store.TryAcquireAsync(tenant, name) ?? throw new LedgerViolationException($"Module {name} was not found.");
        try
        {
            await using var response = await host.InvokeAsync(lease.Module, new InvocationRequest());
            return (await response.Completion).ExitCode;
        }
        catch (GuestExitException exit)
        {
            return exit.ExitCode;
        }
    }

    private static void Max(ref int most, int value)
    {
        for (var seen = Volatile.Read(ref most); value > seen && Interlocked.CompareExchange(ref most, value, seen) != seen;) seen = Volatile.Read(ref most);
    }

    private static void Max(ref long most, long value)
    {
        for (var seen = Volatile.Read(ref most); value > seen && Interlocked.CompareExchange(ref most, value, seen) != seen;) seen = Volatile.Read(ref most);
    }

    private sealed class ClosingStream(byte[] bytes, Action closed) : MemoryStream(bytes)
    {
        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            closed();
        }
    }
}
