namespace WasiCloud.Embedding.KeyValue.Files;

/// <summary>What one operation of a guest holds for as long as it takes: counted with its open files, and given back at the end.</summary>
/// <param name="attachment">The guest.</param>
internal sealed class HeldBytes(KeyValueAttachment attachment) : IDisposable
{
    private long _bytes;

    /// <summary>Holds more.</summary>
    /// <returns>Whether the guest may.</returns>
    public bool TryAdd(long bytes)
    {
        if (!attachment.TryReserve(bytes)) return false;
        _bytes += bytes;
        return true;
    }

    /// <summary>Gives back a part.</summary>
    public void Remove(long bytes)
    {
        attachment.Release(bytes);
        _bytes -= bytes;
    }

    /// <summary>Gives back everything.</summary>
    public void Dispose()
    {
        attachment.Release(_bytes);
        _bytes = 0;
    }
}
