namespace WasiCloud.Embedding.Redis.Transport;

/// <summary>A call of this process that a server of another one is to answer.</summary>
/// <param name="service">Whom it calls.</param>
internal sealed class OutgoingCall(string service)
{
    private readonly TaskCompletionSource<(string Error, ReadOnlyMemory<byte> Response)> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isSent;

    public string Id { get; } = Guid.NewGuid().ToString("N");

    public string Service { get; } = service;

    /// <summary>Its error, empty if there is none, and its response.</summary>
    public Task<(string Error, ReadOnlyMemory<byte> Response)> End => _end.Task;

    /// <summary>Whether the server has it. Before that, it would not find it.</summary>
    public bool IsSent
    {
        get => Volatile.Read(ref _isSent);
        set => Volatile.Write(ref _isSent, value);
    }

    /// <summary>Ends it, unless it has ended.</summary>
    public void TryEnd(string error, ReadOnlyMemory<byte> response) => _end.TrySetResult((error, response));
}
