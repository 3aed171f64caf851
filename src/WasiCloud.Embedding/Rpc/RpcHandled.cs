namespace WasiCloud.Embedding.Rpc;

/// <summary>The calls of one service that its handler, or a server of another process, has and has not answered. Guarded by the service's lock.</summary>
/// <param name="options">How many there may be, and bytes of them.</param>
internal sealed class RpcHandled(RpcOptions options)
{
    private int _count;
    private long _bytes;

    /// <summary>How many more there may be.</summary>
    public int Room => options.MaxQueuedCalls - _count;

    public bool HasRoomFor(RpcCall call) => Room > 0 && call.Request.Length <= options.MaxQueuedBytes - _bytes;

    public void Add(RpcCall call)
    {
        _count++;
        _bytes += call.Request.Length;
        call.Phase = RpcPhase.Accepted;
    }

    /// <summary>One has been answered. It still has its request.</summary>
    /// <returns>Whether there was no room for another before.</returns>
    public bool Remove(RpcCall call)
    {
        var wasFull = Room == 0;
        _count--;
        _bytes -= call.Request.Length;
        return wasFull;
    }
}
