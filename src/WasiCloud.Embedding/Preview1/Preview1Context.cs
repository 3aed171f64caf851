using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Guests;
using WasiCloud.Embedding.HostCalls;

namespace WasiCloud.Embedding.Preview1;

/// <summary>Everything that the 46 functions know of one guest: what it has, and what this ABI needs from call to call.</summary>
internal sealed class Preview1Context : HostCallContext
{
    private readonly RecentTexts _texts = new();
    private readonly InvocationNamespace? _view;
    private PathWalk? _secondWalk;
    private GuestBuffers? _buffers;
    private CopiedTransfer? _copies;
    private PollSubscriptions? _polled;
    private Descriptor? _subject;
    private string _subjectPath = string.Empty;

    /// <summary>Prepares what guest after guest uses.</summary>
    /// <param name="state">What each has.</param>
    /// <param name="diagnostics">Hears of failures.</param>
    /// <param name="view">What each sees; needed under a policy that has lines for tenants.</param>
    public Preview1Context(GuestState state, IGuestDiagnostics diagnostics, InvocationNamespace? view = null)
        : base(diagnostics)
    {
        (State, Descriptors, Clock, _view) = (state, state.Descriptors, state.Clock, view);
        Walk = new PathWalk(_texts) { View = view };
    }

    /// <summary>What the guest has whatever its ABI.</summary>
    public GuestState State { get; }

    public DescriptorTable Descriptors { get; }

    public GuestClock Clock { get; }

    /// <summary>What <c>poll_oneoff</c> is asked for, call after call.</summary>
    public PollSubscriptions Polled => _polled ??= new PollSubscriptions();

    public PathWalk Walk { get; }

    /// <summary>For the functions that take two paths.</summary>
    public PathWalk SecondWalk => _secondWalk ??= new PathWalk(_texts) { View = _view };

    /// <summary>What is lent to this library's own handles.</summary>
    public GuestBuffers Buffers => _buffers ??= new GuestBuffers();

    /// <summary>What others are given instead.</summary>
    public CopiedTransfer Copies => _copies ??= new CopiedTransfer();

    /// <summary>The guest is refused what it asked for, as <see cref="InvocationNamespace.Deny"/>.</summary>
    public Errno Deny(GuestAccess lacking, Suspension suspension) => _view is null ? Errno.Access : _view.Deny(lacking, suspension);

    /// <inheritdoc/>
    public override string CurrentPath => _subject is null ? string.Empty : Descriptor.Join(_subject.Path, _subjectPath);

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

    /// <summary>Ends with a guest. Only the texts of names stay, which another guest of the same module is going to use again.</summary>
    public override void Reset()
    {
        base.Reset();
        State.Reset();
        (_subject, _subjectPath) = (null, string.Empty);

        // What one guest's handles were given is never given to another's.
        (_buffers, _copies) = (null, null);
    }

    /// <inheritdoc/>
    public override void RevokeBuffers()
    {
        _buffers?.Revoke();
        _copies?.End();
    }

    /// <summary>Forgets the texts of names.</summary>
    public void ForgetTexts() => _texts.Reset();

    /// <inheritdoc/>
    public override void Abandon()
    {
        base.Abandon();
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
