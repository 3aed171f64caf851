using System.Buffers;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Fuzz.Imports;

/// <summary>A stream with a few bytes to read. Whoever wants more waits for ever, which ends the guest as its time limit would.</summary>
internal sealed class HungryHandle(int available, Action starved) : FileHandle
{
    private int _available = available;

    public override bool CanSeek => false;

    public override async ValueTask<FsResult<int>> ReadAsync(Memory<byte> destination, long offset, CancellationToken cancellationToken)
    {
        if (_available == 0) await StarveAsync(cancellationToken);
        var count = Math.Min(_available, destination.Length);
        destination.Span[..count].Fill((byte)'i');
        _available -= count;
        return count;
    }

    public override ValueTask<FsResult<long>> WriteAsync(ReadOnlySequence<byte> source, long offset, CancellationToken cancellationToken) => new(source.Length);

    public override async ValueTask<FsResult<FileReadiness>> PollAsync(FileReadiness interest, CancellationToken cancellationToken)
    {
        if ((interest & FileReadiness.Write) != 0) return FileReadiness.Write;
        if (_available == 0) await StarveAsync(cancellationToken);
        return FileReadiness.Read;
    }

    private Task StarveAsync(CancellationToken cancellationToken)
    {
        starved();
        return Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
    }
}

/// <summary>The node of a standard stream.</summary>
internal sealed class StreamNode : VirtualFile
{
    public override FileType Type => FileType.CharacterDevice;

    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) => new(new NodeAttributes());

    public override ValueTask<FsResult<FileHandle>> OpenAsync(FileOpenOptions options, CancellationToken cancellationToken) => new(Errno.NotSup);
}
