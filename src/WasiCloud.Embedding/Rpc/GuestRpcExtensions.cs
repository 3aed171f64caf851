using System.Buffers;
using System.Text.Json.Serialization.Metadata;

namespace WasiCloud.Embedding.Rpc;

/// <summary>Calls with whole messages.</summary>
public static class GuestRpcExtensions
{
    /// <summary>Calls a service and waits for the response.</summary>
    /// <param name="rpc">The services.</param>
    /// <param name="service">The service's name.</param>
    /// <param name="request">The request.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The response.</returns>
    /// <exception cref="ArgumentException">There is no such service.</exception>
    /// <exception cref="RpcException">There is no response.</exception>
    public static async ValueTask<ReadOnlyMemory<byte>> CallAsync(
        this IGuestRpc rpc, string service, ReadOnlyMemory<byte> request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rpc);
        var response = new ArrayBufferWriter<byte>();
        await rpc.CallAsync(service, new ReadOnlySequence<byte>(request), response, cancellationToken).ConfigureAwait(false);
        return response.WrittenMemory;
    }

    /// <summary>Calls a service with a value as JSON and waits for another.</summary>
    /// <typeparam name="TRequest">What is sent.</typeparam>
    /// <typeparam name="TResponse">What comes back.</typeparam>
    /// <param name="rpc">The services.</param>
    /// <param name="service">The service's name.</param>
    /// <param name="request">The value to send.</param>
    /// <param name="requestType">How to write it.</param>
    /// <param name="responseType">How to read the response.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The value of the response.</returns>
    /// <exception cref="ArgumentException">There is no such service.</exception>
    /// <exception cref="RpcException">There is no response.</exception>
    /// <exception cref="System.Text.Json.JsonException">The response is not what it should be.</exception>
    public static async ValueTask<TResponse?> CallAsync<TRequest, TResponse>(
        this IGuestRpc rpc, string service, TRequest request, JsonTypeInfo<TRequest> requestType, JsonTypeInfo<TResponse> responseType,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rpc);
        ArgumentNullException.ThrowIfNull(requestType);
        ArgumentNullException.ThrowIfNull(responseType);
        var (sent, received) = (new ArrayBufferWriter<byte>(), new ArrayBufferWriter<byte>());
        JsonPayload.Write(sent, request, requestType);
        await rpc.CallAsync(service, new ReadOnlySequence<byte>(sent.WrittenMemory), received, cancellationToken).ConfigureAwait(false);
        return JsonPayload.Read(new ReadOnlySequence<byte>(received.WrittenMemory), responseType);
    }
}
