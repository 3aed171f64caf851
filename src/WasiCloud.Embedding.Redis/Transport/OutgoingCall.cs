namespace WasiCloud.Embedding.Redis.Transport;

/// <summary>A call of this process that a server of another one is to answer.</summary>
/// <param name="service">Whom it calls.</param>
internal sealed class OutgoingCall(string service)
{
    private readonly TaskCompletionSource<(string Error, ReadOnlyMemory<byte> Response)> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Id { get; } = Guid.NewGuid().ToString("N");

    public string Service { get; } = service;

    /// <summary>Its error, empty if there is none, and its response.</summary>
    public Task<(string Error, ReadOnlyMemory<byte> Response)> End => _end.Task;

    /// <summary>Whether it was on its way already when it was looked for the last time.</summary>
    public bool IsOld { get; set; }

    /// <summary>Ends it, unless it has ended.</summary>
    public void TryEnd(string error, ReadOnlyMemory<byte> response) => _end.TrySetResult((error, response));
}
