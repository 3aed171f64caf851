using System.Buffers;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Tests.Preview1;

/// <summary>A stream under the test's control: no positions, and data that comes when the test says so.</summary>
internal sealed class StreamHandle : FileHandle
{
    private readonly Queue<byte> _input = new();
    private TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override bool CanSeek => false;

    public override long? AvailableBytes => Available;

    /// <summary>How many bytes it says are there.</summary>
    public long? Available { get; set; }

    public override int? MaxMessageBytes => MessageBytes;

    /// <summary>How long the messages may be that it moves; <see langword="null"/> if it moves bytes.</summary>
    public int? MessageBytes { get; set; }

    public List<byte> Output { get; } = [];

    /// <summary>What <c>TryPoll</c> answers; <see langword="null"/> makes it unknown.</summary>
    public FileReadiness? KnownReadiness { get; set; }

    /// <summary>What <c>PollAsync</c> does, instead of waiting for input.</summary>
    public Func<FileReadiness, CancellationToken, ValueTask<FsResult<FileReadiness>>>? OnPoll { get; set; }

    public Exception? ReadFailure { get; set; }

    public int PollsRunning { get; private set; }

    public int MostPollsAtOnce { get; private set; }

    public void Feed(params byte[] bytes)
    {
        foreach (var value in bytes) _input.Enqueue(value);
        _arrived.TrySetResult();
    }

    public override async ValueTask<FsResult<int>> ReadAsync(Memory<byte> destination, long offset, CancellationToken cancellationToken)
    {
        if (ReadFailure is not null) throw ReadFailure;
        while (_input.Count == 0) await WaitAsync(cancellationToken);
        var count = 0;
        while (count < destination.Length && _input.TryDequeue(out var value)) destination.Span[count++] = value;
        return count;
    }

    public override ValueTask<FsResult<long>> WriteAsync(ReadOnlySequence<byte> source, long offset, CancellationToken cancellationToken)
    {
        Output.AddRange(source.ToArray());
        return new(source.Length);
    }

    public override async ValueTask<FsResult<FileReadiness>> PollAsync(FileReadiness interest, CancellationToken cancellationToken)
    {
        MostPollsAtOnce = Math.Max(MostPollsAtOnce, ++PollsRunning);
        try
        {
            if (OnPoll is not null) return await OnPoll(interest, cancellationToken);
            if ((interest & FileReadiness.Write) != 0) return FileReadiness.Write;
            while (_input.Count == 0) await WaitAsync(cancellationToken);
            return FileReadiness.Read;
        }
        finally
        {
            PollsRunning--;
        }
    }

    internal override bool TryPoll(FileReadiness interest, out FsResult<FileReadiness> readiness)
    {
        readiness = KnownReadiness.GetValueOrDefault();
        return KnownReadiness is not null;
    }

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        await _arrived.Task.WaitAsync(cancellationToken);
        _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

internal sealed class StreamNode : VirtualFile
{
    public override FileType Type => FileType.CharacterDevice;

    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) => new(new NodeAttributes());

    public override ValueTask<FsResult<FileHandle>> OpenAsync(FileOpenOptions options, CancellationToken cancellationToken) => new(Errno.NotSup);
}
