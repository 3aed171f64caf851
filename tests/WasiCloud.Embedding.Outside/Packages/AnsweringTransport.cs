using System.Buffers;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Rpc;
using WasiCloud.Embedding.Topics;

namespace OutsidePackages;

/// <summary>Transports of another's: services and topics answer what their names say.</summary>
internal sealed class AnsweringTransport : IRpcTransport, ITopicTransport
{
    public bool Carries(string service) => true;

    public void Attach(ISharedRpcService service)
    {
        // No other process has servers.
    }

    public void Attach(ISharedTopic topic)
    {
        // No other process publishes.
    }

    public async ValueTask CallAsync(
        ISharedRpcService service, ReadOnlySequence<byte> request, IBufferWriter<byte>? response, CancellationToken cancellationToken)
    {
        await Task.Yield();
        if (Enum.TryParse<RpcError>(service.Name, ignoreCase: true, out var error)) throw new RpcException(error);
        foreach (var piece in request) response?.Write(piece.Span);
    }

    public async ValueTask PublishAsync(ISharedTopic topic, ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        await Task.Yield();
        if (Enum.TryParse<Errno>(topic.Name, ignoreCase: true, out var error)) throw new ErrnoException(error);
    }
}
