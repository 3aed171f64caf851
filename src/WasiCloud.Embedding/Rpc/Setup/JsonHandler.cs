using System.Text.Json.Serialization.Metadata;

namespace WasiCloud.Embedding.Rpc.Setup;

/// <summary>A function from JSON to JSON: the same handler of the same function.</summary>
internal sealed record JsonHandler<TRequest, TResponse>(
    Func<TRequest?, RpcRequest, CancellationToken, ValueTask<TResponse>> Function, JsonTypeInfo<TRequest> RequestType, JsonTypeInfo<TResponse> ResponseType)
{
    public RpcHandler Create(IServiceProvider provider) => JsonPayload.ToHandler(Function, RequestType, ResponseType);
}
