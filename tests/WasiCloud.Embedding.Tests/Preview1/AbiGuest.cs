using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Guests;
using WasiCloud.Embedding.HostCalls;
using WasiCloud.Embedding.Mounts.Devices;
using WasiCloud.Embedding.Mounts.Memory;
using WasiCloud.Embedding.Preview1;
using WasiCloud.Embedding.Tests.HostCalls;

namespace WasiCloud.Embedding.Tests.Preview1;

/// <summary>
/// A guest without WebAssembly: a memory, descriptors and the host functions by name. Descriptor 3 is <c>/</c>: memory, with devices at <c>/dev</c>
/// and a read-only memory at <c>/ro/mount</c>. Disposing it asserts that every node and handle was given back exactly once.
/// </summary>
internal sealed class AbiGuest : IAsyncDisposable
{
    public const uint Root = 3;
    public const ulong AnyRights = ulong.MaxValue >> 34;

    private readonly MemoryMount _rootMount;
    private readonly InvocationNamespace _namespace;
    private readonly NativeGuestMemory _memory = new();
    private readonly MemoryWrites _writes = new();

    public AbiGuest(
        HalfMode mode, int maxDescriptors = 64, string[]? arguments = null, string[]? environment = null, IVirtualMount? extra = null,
        FakeTimeProvider? time = null, FileAccess extraAccess = FileAccess.ReadWrite, IRandomSource? random = null)
    {
        Time = time ?? new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
        Ledger = new Ledger(suspends: mode == HalfMode.Suspending);
        _rootMount = new MemoryMount(timeProvider: Time);
        Table = new MountTable(
        [
            ("/", FileAccess.ReadWrite, TrackedMount.Of(_rootMount, Ledger)),
            ("/dev", FileAccess.ReadWrite, TrackedMount.Of(new DeviceMount(), Ledger)),
            ("/ro/mount", FileAccess.Read, TrackedMount.Of(new MemoryMount(timeProvider: Time), Ledger)),
            .. extra is null ? [] : new[] { ("/extra", extraAccess, extra) },
        ]);
        var context = new InvocationContext { Id = "test", TimeProvider = Time };
        _namespace = new InvocationNamespace(Table, context);
        Descriptors = new DescriptorTable(maxDescriptors);
        for (var number = 0; number < 3; number++) Descriptors.Add(NewStandardStream(number));
        Descriptors.Add(new Descriptor(_namespace.Root, handle: null, "/", string.Empty) { PreopenName = "/"u8.ToArray() });
        Context = new Preview1Context(
            new GuestState(Descriptors, new GuestClock(Time), random ?? SystemRandomSource.Instance)
            {
                Arguments = new GuestStrings(arguments ?? []),
                Environment = new GuestStrings(environment ?? []),
            },
            Diagnostics)
        {
            Memory = new GuestMemory(_writes),
        };
    }

    public FakeTimeProvider Time { get; }

    public Ledger Ledger { get; }

    public MountTable Table { get; }

    public DescriptorTable Descriptors { get; }

    public Preview1Context Context { get; }

    public NativeGuestMemory Memory => _memory;

    public RecordingTrace Trace { get; } = new();

    public RecordingDiagnostics Diagnostics { get; } = new();

    public StreamHandle[] Streams { get; } = [new(), new(), new()];

    /// <summary>The module whose functions <see cref="CallAsync"/> finds.</summary>
    public string Module { get; set; } = Preview1Functions.Preview1Module;

    public CancellationToken CancellationToken { get; set; }

    /// <summary>What came of the last call.</summary>
    public HostCallOutcome Outcome { get; private set; }

    /// <summary>Whether the last call was suspended.</summary>
    public bool WasSuspended { get; private set; }

    public static HostFunction Find(string module, string name) => Preview1Functions.Table.Find(module, name)!;

    /// <summary>
    /// Calls a function through the halves that it needs. If the first half does not complete, it must not have changed anything the guest can see.
    /// </summary>
    public async Task<Errno> CallAsync(string name, params ulong[] arguments)
    {
        var function = Find(Module, name);
        function.Parameters.Should().HaveCount(arguments.Length, "{0} has that many parameters", name);
        var call = default(CallArguments);
        for (var index = 0; index < arguments.Length; index++) call[index] = arguments[index];

        _memory.Snapshot();
        _memory.RefreshIn(Context);
        _writes.Clear();
        var (nodes, handles) = (Ledger.Nodes, Ledger.Handles);
        Outcome = function.Begin(Context, call);
        WasSuspended = Outcome.IsMustWait;
        if (WasSuspended)
        {
            _memory.Changes().Should().BeEmpty("the synchronous half of {0} changes nothing before it gives up", name);
            (Ledger.Nodes, Ledger.Handles).Should().Be((nodes, handles), "the synchronous half of {0} keeps nothing", name);
            Outcome = await function.CompleteAsync(Context, call, CancellationToken);
        }

        Trace.Add(function, call, Outcome);
        Outcome.IsMustWait.Should().BeFalse();
        ShouldHaveNotedWhatItWrote(name);
        return Outcome.Error;
    }

    // An observer is told what the host wrote: whatever a function does, and where and how it fails on its way.
    private void ShouldHaveNotedWhatItWrote(string name)
    {
        var noted = new bool[NativeGuestMemory.Size];
        foreach (var range in _writes.Ranges) noted.AsSpan((int)HostCallRecord.AddressOf(range), (int)HostCallRecord.LengthOf(range)).Fill(true);
        _memory.Changes().Where(address => !noted[address]).Should().BeEmpty("{0} notes what it writes", name);

        // A listing has written the entries before the one that it cannot write.
        if (Outcome.Error is not Errno.Success and not Errno.IO && name != "fd_readdir")
            _writes.Count.Should().Be(0, "{0} failed with {1}", name, Outcome.Error);
    }

    /// <summary>Does something to the tree at <c>/</c> as another invocation would.</summary>
    public void Interfere(Action<VirtualDirectory> action)
    {
        var root = CompletedTask.Take(_rootMount.AttachAsync(new InvocationContext { Id = "rival" }, CancellationToken.None));
        action(root);
        root.Release();
    }

    /// <summary>Asserts which bytes the last call may have changed.</summary>
    public void ShouldHaveChangedOnly(params (uint Address, uint Length)[] ranges)
    {
        _memory.GuardsAreIntact.Should().BeTrue();
        _memory.Changes().Where(address => !ranges.Any(range => address >= range.Address && address - range.Address < range.Length)).Should().BeEmpty();
    }

    public async ValueTask DisposeAsync()
    {
        Ledger.Before = null;
        (await Descriptors.CloseAllAsync(CloseReason.Closed, CancellationToken.None)).Error.Should().Be(Errno.Success);
        _namespace.Release();
        _memory.GuardsAreIntact.Should().BeTrue();
        _memory.Dispose();
        Ledger.Faults.Should().BeEmpty();
        Ledger.Nodes.Should().Be(0, "every node is released");
        Ledger.Handles.Should().Be(0, "every handle is closed");
    }

    private Descriptor NewStandardStream(int number)
    {
        var descriptor = new Descriptor(
            new NodeReference(new StreamNode(), Table.Root, inode: 100 + (ulong)number, isOwned: false), Streams[number], "/dev/std" + number, string.Empty);
        descriptor.RightsBase &= number == 0 ? ~Rights.FdWrite : ~Rights.FdRead;
        return descriptor;
    }
}
