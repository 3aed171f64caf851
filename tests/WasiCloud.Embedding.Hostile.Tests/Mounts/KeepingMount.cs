using System.Buffers;
using System.Runtime.CompilerServices;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Hostile.Tests.Mounts;

/// <summary>How a call ends that left an operation behind.</summary>
public enum Abandonment
{
    Success,
    SuccessLater,
    Error,
    Exception,
    Cancellation,
    Deadline,
}

/// <summary>
/// A mount with one file, <c>f</c>, whose handle keeps the buffers it is given, pinned as the kernel does for an operation that cannot be cancelled.
/// </summary>
internal sealed class KeepingMount(Abandonment abandonment, bool isStream) : IVirtualMount, IDisposable
{
    private readonly List<(MemoryHandle Pin, int Length)> _kept = [];

    /// <summary>Completes when a call has its buffer.</summary>
    public TaskCompletionSource Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Count => _kept.Count;

    public ValueTask<VirtualDirectory> AttachAsync(InvocationContext context, CancellationToken cancellationToken) => new(new Root(this));

    /// <summary>The operations that were left behind go on: those that read write here.</summary>
    public unsafe void WriteLate(byte value)
    {
        foreach (var (pin, length) in _kept) new Span<byte>(pin.Pointer, length).Fill(value);
    }

    /// <summary>The operations that were left behind go on: those that write read here.</summary>
    public unsafe byte[] ReadLate() => [.. _kept.SelectMany(kept => new Span<byte>(kept.Pin.Pointer, kept.Length).ToArray())];

    public void Dispose()
    {
        foreach (var (pin, _) in _kept) pin.Dispose();
    }

    private async ValueTask<FsResult<long>> KeepAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        _kept.Add((buffer.Pin(), buffer.Length));
        Entered.TrySetResult();
        switch (abandonment)
        {
            case Abandonment.Success:
                return buffer.Length;
            case Abandonment.SuccessLater:
                await Task.Yield();
                return buffer.Length;
            case Abandonment.Error:
                return Errno.TimedOut;
            case Abandonment.Exception:
                throw new TimeoutException("The device does not answer.");
            default:
                await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
                return Errno.IO;
        }
    }

    private sealed class Root(KeepingMount mount) : VirtualDirectory
    {
        public override ValueTask<FsResult<VirtualNode>> LookupAsync(string name, CancellationToken cancellationToken) =>
            (FsResult<VirtualNode>)new Node(mount);

        public override async IAsyncEnumerable<DirectoryEntry> EnumerateAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.Yield();
            yield break;
        }
    }

    private sealed class Node(KeepingMount mount) : VirtualFile
    {
        public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) =>
            (FsResult<NodeAttributes>)default(NodeAttributes);

        public override ValueTask<FsResult<FileHandle>> OpenAsync(FileOpenOptions options, CancellationToken cancellationToken) =>
            (FsResult<FileHandle>)new Handle(mount);
    }

    private sealed class Handle(KeepingMount mount) : FileHandle
    {
        public override bool CanSeek => !mount.IsStream;

        public override async ValueTask<FsResult<int>> ReadAsync(Memory<byte> destination, long offset, CancellationToken cancellationToken)
        {
            var kept = await mount.KeepAsync(destination, cancellationToken);
            return kept.Error == Errno.Success ? (int)kept.Value : kept.Error;
        }

        public override ValueTask<FsResult<long>> WriteAsync(ReadOnlySequence<byte> source, long offset, CancellationToken cancellationToken) =>
            mount.KeepAsync(source.First, cancellationToken);

        public override ValueTask<FsResult<long>> AppendAsync(ReadOnlySequence<byte> source, CancellationToken cancellationToken) =>
            mount.KeepAsync(source.First, cancellationToken);
    }

    private bool IsStream => isStream;
}
