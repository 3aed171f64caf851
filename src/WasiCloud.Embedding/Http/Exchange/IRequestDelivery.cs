using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Http.Exchange;

/// <summary>How a guest is given its request and gives its response: one for each <see cref="GuestInterface"/>. Without state, and so thread-safe.</summary>
internal interface IRequestDelivery
{
    /// <summary>Puts a request where the guest looks for it, and says what the guest is started with. Called once, before it begins.</summary>
    /// <param name="request">The request.</param>
    /// <param name="exchange">Where host and guest meet.</param>
    /// <param name="context">The invocation: a daemon's has the port on which its requests wait.</param>
    /// <param name="module">What is run.</param>
    GuestStart Deliver(InvocationRequest request, InvocationExchange exchange, InvocationContext context, GuestModule module);
}
