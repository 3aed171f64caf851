using System.Buffers;
using System.IO.Pipelines;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Guests;
using WasiCloud.Embedding.HostCalls;
using WasiCloud.Embedding.Http.Exchange;
using WasiCloud.Embedding.Http.Files;
using WasiCloud.Embedding.KeyValue.Files;
using WasiCloud.Embedding.KeyValue.Memory;
using WasiCloud.Embedding.Mounts.Devices;
using WasiCloud.Embedding.Mounts.Memory;
using WasiCloud.Embedding.Preview1;
using WasiCloud.Embedding.Tests.Preview1;

namespace WasiCloud.Embedding.Fuzz.Imports;

/// <summary>
/// A guest without WebAssembly that has every kind of mount, each behind a <see cref="Ledger"/>: memory at <c>/</c>, devices, a read-only memory, a key-value
/// scope, a host directory, the request and the response.
/// </summary>
internal sealed class FuzzGuest : IGuestDiagnostics, IAsyncDisposable
{
    public const int Root = 3;

    private static readonly string[] s_arguments = ["guest", "first", "second"];
    private static readonly ExchangeLimits s_limits =
        new(MaxResponseBytes: 64 << 10, MaxResponseHeadBytes: 1024, MaxJsonBodyBytes: 4096, ResponseBufferBytes: 1 << 30);

    private readonly CancellationTokenSource _end = new();
    private readonly MountTable _table;
    private readonly InvocationNamespace _namespace;
    private readonly InvocationExchange _exchange;

    public FuzzGuest(HostFolder folder, bool suspends, int maxDescriptors)
    {
        var time = new JumpingTime(End);
        Ledger = new Ledger(suspends);
        var limits = new MemoryMountOptions { MaxBytes = 1 << 20, MaxNodes = 200 };
        _table = new MountTable(
        [
            ("/", FileAccess.ReadWrite, Track(new MemoryMount(limits, time))),
            ("/dev", FileAccess.ReadWrite, Track(new DeviceMount())),
            ("/ro/mount", FileAccess.Read, Track(new MemoryMount(limits, time))),
            ("/kv", FileAccess.ReadWrite,
                Track(new KeyValueMount(new MemoryKeyValueBackend(time), new KeyValueMountOptions { MaxValueBytes = 64 << 10, MaxOpenBytes = 1 << 20 }))),
            ("/host", FileAccess.ReadWrite, Track(folder.Mount)),
            ("/request", FileAccess.Read, Track(new RequestMount())),
            ("/response", FileAccess.ReadWrite, Track(new ResponseMount())),
        ]);
        var body = PipeReader.Create(new ReadOnlySequence<byte>("{\"a\":1}"u8.ToArray()));
        var request = new InvocationRequest { Method = "POST", Headers = new MessageHeaders { { "X-A", "b" } }, Body = body, ContentLength = 7 };
        _exchange = new InvocationExchange(request, s_limits, _ => End());
        var context = new InvocationContext { Id = "fuzz", TimeProvider = time };
        context.AddFeature(_exchange);
        _namespace = new InvocationNamespace(_table, context);
        Descriptors = new DescriptorTable(maxDescriptors);
        for (var number = 0; number < Root; number++) Descriptors.Add(StandardStream(number));
        Descriptors.Add(new Descriptor(_namespace.Root, handle: null, "/", string.Empty) { PreopenName = "/"u8.ToArray() });
        var state = new GuestState(Descriptors, new GuestClock(time), SystemRandomSource.Instance)
        {
            Arguments = new GuestStrings(s_arguments),
            Environment = new GuestStrings(["A=1", "LONG=" + new string('x', 40)]),
        };
        Context = new Preview1Context(state, this);
    }

    public Ledger Ledger { get; }

    public DescriptorTable Descriptors { get; }

    public Preview1Context Context { get; }

    /// <summary>Nodes and handles that were handed out. The roots of mounts, which stay attached once somebody has asked for them, do not count.</summary>
    public (int Nodes, int Handles) Held => (Ledger.Nodes - CountAttached(_table.Root), Ledger.Handles);

    /// <summary>Cancelled when the guest is to end: it waits for ever, or its response is malformed.</summary>
    public CancellationToken Ended => _end.Token;

    /// <summary>What the library itself has thrown. It never should: no mount here does.</summary>
    public List<string> Failures { get; } = [];

    public void HostCallFailed(string function, string path, Exception exception) => Failures.Add($"{function} '{path}': {exception}");

    /// <summary>Closes everything as an invocation does at its end, and says what is left.</summary>
    public async Task CloseAsync(CloseReason reason)
    {
        await Descriptors.CloseAllAsync(reason, CancellationToken.None);
        if (_end.IsCancellationRequested || reason == CloseReason.Abandoned) _exchange.GuestFailed(new OperationCanceledException());
        else _exchange.GuestSucceeded();
        _namespace.Release();
        if (Ledger.Faults.Count > 0) throw new FuzzFailureException($"Used wrongly: {string.Join("; ", Ledger.Faults)}.");
        if (Ledger.Nodes != 0 || Ledger.Handles != 0) throw new FuzzFailureException($"{Ledger.Nodes} nodes and {Ledger.Handles} handles were not given back.");
    }

    public ValueTask DisposeAsync()
    {
        _end.Dispose();
        return default;
    }

    private int CountAttached(Mount mount) =>
        (mount.Source is not null && _namespace.GetAttached(mount, isPart: false) is not null ? 1 : 0) + mount.Children.Values.Sum(CountAttached);

    private void End() => _end.Cancel();

    private IVirtualMount Track(IVirtualMount mount) => TrackedMount.Of(mount, Ledger);

    private Descriptor StandardStream(int number)
    {
        var handle = new HungryHandle(number == 0 ? 100 : 0, End);
        var descriptor = new Descriptor(
            new NodeReference(new StreamNode(), new Mount("/dev", device: 0), inode: 100 + (ulong)number, isOwned: false), handle, "/dev/std", string.Empty);
        descriptor.RightsBase &= number == 0 ? ~Rights.FdWrite : ~Rights.FdRead;
        return descriptor;
    }
}
