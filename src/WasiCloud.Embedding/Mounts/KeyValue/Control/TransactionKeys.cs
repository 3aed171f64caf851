namespace WasiCloud.Embedding.Mounts.KeyValue.Control;

/// <summary>How many keys and directories one transaction has read and written together: so many operations its commit has. Not thread-safe.</summary>
internal sealed class TransactionKeys(int limit)
{
    private int _count;

    public bool HasRoomFor(int count) => count <= limit - _count;

    public void Add(int count) => _count += count;
}
