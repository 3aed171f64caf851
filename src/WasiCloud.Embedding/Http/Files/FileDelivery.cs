using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Http.Exchange;

namespace WasiCloud.Embedding.Http.Files;

/// <summary>The mounts at <c>/request</c> and <c>/response</c> find the exchange in the invocation: the guest needs nothing else.</summary>
internal sealed class FileDelivery : IRequestDelivery
{
    public GuestStart Deliver(InvocationRequest request, InvocationExchange exchange, InvocationContext context, GuestModule module) =>
        new(request.Arguments, request.Environment);
}
