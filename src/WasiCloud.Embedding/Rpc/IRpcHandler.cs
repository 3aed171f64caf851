using System.Buffers;

namespace WasiCloud.Embedding.Rpc;

/// <summary>
/// A service that the application offers, as a class: each call gets an instance, from a scope of its own that is disposed when the call has ended.
/// </summary>
public interface IRpcHandler
{
    /// <summary>Answers a call.</summary>
    /// <param name="request">The request. Its payload is valid until the returned task completes, and not longer.</param>
    /// <param name="response">Takes the response; as of <see cref="RpcHandler"/>.</param>
    /// <param name="cancellationToken">Cancelled when nobody waits for the response any more: the caller has gone, or the call's time is over.</param>
    /// <returns>Completes when the response is complete. Exceptions are as of <see cref="RpcHandler"/>.</returns>
    ValueTask HandleAsync(RpcRequest request, IBufferWriter<byte> response, CancellationToken cancellationToken);
}
