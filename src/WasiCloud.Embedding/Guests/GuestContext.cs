using System.Diagnostics;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.HostCalls;
using WasiCloud.Embedding.Preview1;

namespace WasiCloud.Embedding.Guests;

/// <summary>Everything that the 46 functions know of one guest, and after <see cref="Reset"/> of the next. Used by one thread at a time.</summary>
internal sealed class GuestContext : IPieceMeter
{
    // A field, because it is replaced before every host call and read by all of them.
    public GuestMemory Memory;

    private readonly RecentTexts _texts = new();
    private PathWalk? _secondWalk;
    private GuestBuffers? _buffers;
    private CopiedTransfer? _copies;
    private PollSubscriptions? _polled;
    private Descriptor? _subject;
    private long _uncounted;
    private bool _hasComputedEnough;
    private string _subjectPath = string.Empty;

    public GuestContext(DescriptorTable descriptors, GuestClock clock, IGuestDiagnostics diagnostics)
    {
        (Descriptors, Clock, Diagnostics) = (descriptors, clock, diagnostics);
        Walk = new PathWalk(_texts);
    }

    public DescriptorTable Descriptors { get; }

    /// <summary>How large the memory was at the last host call, in bytes; 0 before the first. May be read from any thread.</summary>
    public long MemoryBytes { get; set; }

    public GuestClock Clock { get; }

    public IGuestDiagnostics Diagnostics { get; }

    public GuestStrings Arguments { get; set; } = GuestStrings.Empty;

    public GuestStrings Environment { get; set; } = GuestStrings.Empty;

    public IHostCallTrace? Trace { get; set; }

    /// <summary>Says whether the guest is to end; <see langword="null"/> if only the token of a call does.</summary>
    public IGuestInterruption? Interruption { get; set; }

    /// <summary>Whether the guest is to end.</summary>
    public bool MustStop => _hasComputedEnough || Interruption is { MustStop: true };

    /// <summary>What <c>poll_oneoff</c> is asked for, call after call.</summary>
    public PollSubscriptions Polled => _polled ??= new PollSubscriptions();

    /// <summary>What the guest passed to <c>proc_exit</c>, once it has.</summary>
    public int? ExitCode { get; set; }

    public PathWalk Walk { get; }

    /// <summary>For the functions that take two paths.</summary>
    public PathWalk SecondWalk => _secondWalk ??= new PathWalk(_texts);

    /// <summary>What is lent to this library's own handles.</summary>
    public GuestBuffers Buffers => _buffers ??= new GuestBuffers();

    /// <summary>What others are given instead.</summary>
    public CopiedTransfer Copies => _copies ??= new CopiedTransfer();

    /// <summary>The path that the call in progress is about, for messages.</summary>
    public string CurrentPath => _subject is null ? string.Empty : Descriptor.Join(_subject.Path, _subjectPath);

    /// <summary>Notes what the call in progress is about. Costs two stores: the path is put together only for a message.</summary>
    public void Concerns(Descriptor descriptor) => (_subject, _subjectPath) = (descriptor, string.Empty);

    /// <summary>Decodes a path argument, relative to a directory.</summary>
    public FsResult<string> ReadPath(Descriptor directory, uint address, uint length)
    {
        var path = ReadPath(address, length);
        (_subject, _subjectPath) = (directory, path.Value ?? string.Empty);
        return path;
    }

    /// <summary>Decodes the target of a symbolic link.</summary>
    public FsResult<string> ReadPath(uint address, uint length)
    {
        if (!Memory.Contains(address, length)) return Errno.Fault;
        return Memory.TryGetSpan(address, length, out var bytes) ? GuestPath.Decode(bytes, _texts) : Errno.NameTooLong;
    }

    /// <inheritdoc/>
    public void Count(long ticks) => Interlocked.Add(ref _uncounted, ticks);

    /// <inheritdoc/>
    public bool LookWhetherToStop()
    {
        _hasComputedEnough = Interruption is { } interruption && interruption.HasComputedEnough(Volatile.Read(ref _uncounted));
        return MustStop;
    }

    /// <summary>What the call that has ended computed since it first gave its thread to others, which nothing has counted.</summary>
    /// <returns>Ticks of <see cref="Stopwatch"/>.</returns>
    public long TakeUncounted() => Volatile.Read(ref _uncounted) == 0 ? 0 : Interlocked.Exchange(ref _uncounted, 0);

    /// <summary>Ends with a guest. Only the texts of names stay, which another guest of the same module is going to use again.</summary>
    public void Reset()
    {
        Abandon();
        Memory = default;
        (ExitCode, Trace, MemoryBytes, _subject, _subjectPath) = (null, null, 0, null, string.Empty);
        (_uncounted, _hasComputedEnough) = (0, false);
        (Arguments, Environment) = (GuestStrings.Empty, GuestStrings.Empty);

        // What one guest's handles were given is never given to another's.
        (_buffers, _copies) = (null, null);
    }

    /// <summary>Takes back what a call lent, if it lent anything.</summary>
    public void RevokeBuffers()
    {
        _buffers?.Revoke();
        _copies?.End();
    }

    /// <summary>Forgets the texts of names.</summary>
    public void ForgetTexts() => _texts.Reset();

    /// <summary>Gives back what a call held that did not come to its end.</summary>
    public void Abandon()
    {
        _hasComputedEnough = false;
        try
        {
            Walk.Reset();
        }
        finally
        {
            _secondWalk?.Reset();
        }
    }
}
