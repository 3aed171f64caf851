using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Daemons;

/// <summary>A host with <c>guests/go/http_server.go</c>, which takes seconds to compile, for all tests of a class.</summary>
public sealed class GoServer : IAsyncLifetime
{
    internal TestHost Host { get; } = new();

    internal GuestModule Module { get; private set; } = null!;

    public async Task InitializeAsync() => Module = await Host.LoadGuestAsync("http_server");

    public Task DisposeAsync() => Host.DisposeAsync().AsTask();
}
