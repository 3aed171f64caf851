using System.Buffers;

namespace WasiCloud.Embedding.Rpc;

/// <summary>A service that the application offers. Called from many threads at once; it should not block them.</summary>
/// <param name="request">The request. Its payload is valid until the returned task completes, and not longer.</param>
/// <param name="response">Takes the response, which the caller sees as a whole once the task has completed. Valid as long. More than
/// <see cref="RpcOptions.MaxResponseBytes"/> throws <see cref="RpcException"/>.</param>
/// <param name="cancellationToken">Cancelled when nobody waits for the response any more: the caller has gone, or the call's time is over.</param>
/// <returns>Completes when the response is complete. An exception is <see cref="RpcError.ServerFailed"/> for the caller and a log entry;
/// an <see cref="RpcException"/> with <see cref="RpcError.BadRequest"/> is that for the caller, and is not logged.</returns>
public delegate ValueTask RpcHandler(RpcRequest request, IBufferWriter<byte> response, CancellationToken cancellationToken);
