using System.Buffers;

namespace WasiCloud.Embedding.Descriptors;

/// <summary>What one <c>poll_oneoff</c> asks for, in pooled chunks that are too small for the large object heap. Serves call after call.</summary>
internal sealed class PollSubscriptions
{
    // 1,024 subscriptions are about 50 KB; an array of 85,000 bytes would be a large object, whose garbage costs full collections.
    private const int ChunkBits = 10;
    private const int ChunkLength = 1 << ChunkBits;

    private readonly List<PollSubscription[]> _chunks = [];

    public int Count { get; private set; }

    public ref PollSubscription this[int index] => ref _chunks[index >> ChunkBits][index & (ChunkLength - 1)];

    /// <summary>Gets room for subscriptions, all empty. <see cref="Return"/> gives it back.</summary>
    public void Rent(int count)
    {
        Return();
        Count = count;
        for (var start = 0; start < count; start += ChunkLength)
        {
            var length = Math.Min(ChunkLength, count - start);
            var chunk = ArrayPool<PollSubscription>.Shared.Rent(length);
            chunk.AsSpan(0, length).Clear();
            _chunks.Add(chunk);
        }
    }

    public void Return()
    {
        // What they refer to must not live on in the pool.
        foreach (var chunk in _chunks) ArrayPool<PollSubscription>.Shared.Return(chunk, clearArray: true);
        _chunks.Clear();
        Count = 0;
    }
}
