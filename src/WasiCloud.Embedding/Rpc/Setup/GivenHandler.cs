namespace WasiCloud.Embedding.Rpc.Setup;

/// <summary>A handler that needs no services: the same of the same function.</summary>
internal sealed record GivenHandler(RpcHandler Handler)
{
    public RpcHandler Create(IServiceProvider provider) => Handler;
}
