using System.Buffers;
using System.Text;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Rpc;
using WasiCloud.Embedding.Rpc.Files;
using WasiCloud.Embedding.Tests.Preview1;
using Xunit;

namespace WasiCloud.Embedding.Tests.Rpc.Files;

/// <summary>Guests that call and serve by WASI calls: <c>extra/guest</c> is served by guests, <c>extra/host</c> by <see cref="Handler"/>.</summary>
public abstract class RpcTestBase : IAsyncLifetime
{
    private protected const Rights ReadWrite = Rights.FdRead | Rights.FdWrite;
    private protected const DescriptorFlags NonBlocking = DescriptorFlags.NonBlocking;

    private protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly List<AbiGuest> _guests = [];

    private protected FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

    private protected RpcServices Services { get; private set; } = null!;

    private protected AbiGuest Client { get; private set; } = null!;

    private protected AbiGuest Server { get; private set; } = null!;

    private protected RpcHandler Handler { get; set; } = EchoAsync;

    public Task InitializeAsync()
    {
        Configure(new RpcOptions { MaxRequestBytes = 1000, MaxResponseBytes = 1000, MaxQueuedCalls = 3, MaxQueuedBytes = 1500, MaxOpenCalls = 8 });
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        foreach (var guest in _guests) await guest.DisposeAsync();
        Services.Dispose();
    }

    private protected static ValueTask EchoAsync(RpcRequest request, IBufferWriter<byte> response, CancellationToken cancellationToken)
    {
        response.Write("echo:"u8);
        foreach (var piece in request.Payload) response.Write(piece.Span);
        return default;
    }

    private protected void Configure(RpcOptions options)
    {
        Services = new RpcServices(
            [
                new RpcRegistration("guest", RpcAccess.Call | RpcAccess.Serve, null),
                new RpcRegistration("call-only", RpcAccess.Call, null),
                new RpcRegistration("hidden", RpcAccess.None, null),
                new RpcRegistration("host", RpcAccess.Call | RpcAccess.Serve, _ => (request, response, token) => Handler(request, response, token)),
            ],
            Options.Create(options),
            Clock,
            new NoServices());
        (Client, Server) = (NewGuest(), NewGuest());
    }

    private protected AbiGuest NewGuest()
    {
        var guest = new AbiGuest(HalfMode.Synchronous, extra: new RpcMount(Services), time: Clock);
        _guests.Add(guest);
        return guest;
    }

    private protected static async Task<Errno> OpenErrorAsync(AbiGuest guest, string path, Rights rights = ReadWrite, DescriptorFlags flags = 0) =>
        (await guest.TryOpenAsync("extra/" + path, 0, rights, flags).WaitAsync(Patience)).Error;

    private protected static Task<uint> OpenAsync(AbiGuest guest, string path, Rights rights = ReadWrite, DescriptorFlags flags = 0) =>
        guest.OpenAsync("extra/" + path, 0, rights, flags).WaitAsync(Patience);

    /// <summary>Makes the server known, as if it had looked for a call.</summary>
    private protected static Task<Errno> ListenAsync(AbiGuest guest) => OpenErrorAsync(guest, "guest/accept", ReadWrite, NonBlocking);

    /// <summary>Opens a call and writes the request.</summary>
    private protected static async Task<uint> RequestAsync(AbiGuest guest, string service, string text, DescriptorFlags flags = 0)
    {
        var file = await OpenAsync(guest, service + "/call", ReadWrite, flags);
        if (text.Length > 0) await guest.WriteAsync(file, text);
        return file;
    }

    /// <summary>Begins to wait for the response.</summary>
    private protected static Task<(Errno Error, string Text)> ReadAsync(AbiGuest guest, uint file, uint length = 2000) =>
        guest.ReadAsync(file, length).WaitAsync(Patience);

    private protected ValueTask<ReadOnlyMemory<byte>> CallAsync(string service, string text, CancellationToken cancellationToken = default) =>
        Services.CallAsync(service, Encoding.UTF8.GetBytes(text), cancellationToken);

    private protected static string TextOf(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);

    private sealed class NoServices : IServiceProvider
    {
        public object? GetService(Type serviceType) => null;
    }
}
