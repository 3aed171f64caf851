using System.IO.Pipelines;

namespace WasiCloud.Embedding;

/// <summary>What a guest answered. The body streams while the guest still runs.</summary>
/// <remarks>Dispose it: that ends a guest that is still running and waits until everything it held is released.</remarks>
public abstract class InvocationResponse : IAsyncDisposable
{
    private int _isRead;

    private protected InvocationResponse(int statusCode, MessageHeaders headers, PipeReader body) =>
        (StatusCode, Headers, Body) = (statusCode, headers, body);

    /// <summary>The HTTP status code, 200 to 599.</summary>
    public int StatusCode { get; }

    /// <summary>The header fields.</summary>
    public MessageHeaders Headers { get; }

    /// <summary>The body. It ends with the guest's <see cref="GuestException"/> if the guest fails on the way.</summary>
    public PipeReader Body { get; }

    /// <summary>
    /// Completes when the guest has ended and its files are closed; faulted as <see cref="IInvocationHost.InvokeAsync"/> would be if the guest failed.
    /// </summary>
    public abstract Task<InvocationCompletion> Completion { get; }

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();

    /// <summary>The body is read as a whole from now on, which can be done once.</summary>
    /// <exception cref="InvalidOperationException">It was begun before.</exception>
    internal void BeginReading()
    {
        if (Interlocked.Exchange(ref _isRead, 1) != 0) throw new InvalidOperationException("The response's body was read already.");
    }
}
