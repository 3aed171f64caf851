using System.Buffers;

namespace WasiCloud.Embedding.Rpc;

/// <summary>A service of this process as its <see cref="IRpcTransport"/> sees it. Thread-safe.</summary>
public interface ISharedRpcService
{
    /// <summary>The service's name.</summary>
    string Name { get; }

    /// <summary>Its limits in this process. A call ends when the time is over that either process allows.</summary>
    RpcOptions Options { get; }

    /// <summary>Whether there is a server in this process, busy or not.</summary>
    bool HasLocalServer { get; }

    /// <summary>How many calls its servers wait for at this moment. To take more from elsewhere would keep them from servers of other processes.</summary>
    int IdleServers { get; }

    /// <summary>A task that completes when the two above may be different. Take it before looking.</summary>
    Task Changed { get; }

    /// <summary>Gives a call of another process to a server of this one.</summary>
    /// <param name="request">The request; not used after the returned task has completed.</param>
    /// <param name="response">Takes the response; <see langword="null"/> if nobody waits for one.</param>
    /// <param name="cancellationToken">Nobody waits any more.</param>
    /// <returns>Completes when there is a response; without one, when the request waits for a server.</returns>
    /// <exception cref="RpcException"><see cref="RpcError.Refused"/> if no server has seen the call; it can be given to another process.</exception>
    ValueTask ServeAsync(ReadOnlySequence<byte> request, IBufferWriter<byte>? response, CancellationToken cancellationToken);
}
