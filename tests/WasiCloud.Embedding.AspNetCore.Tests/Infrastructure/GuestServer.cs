using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace WasiCloud.Embedding.AspNetCore.Tests.Infrastructure;

/// <summary>A running Kestrel on loopback: one port for HTTP/1.1, one for HTTP/2 without TLS.</summary>
internal sealed class GuestServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly List<GuestModule> _modules;
    private readonly HttpClient[] _clients;

    public GuestServer(WebApplication app, List<GuestModule> modules, CapturedLog log)
    {
        (_app, _modules, Log) = (app, modules, log);
        var addresses = app.Urls.Select(url => new Uri(url)).ToArray();
        (Port, ListenerPort) = (addresses[0].Port, addresses[^1].Port);
        _clients = [CreateClient(addresses[0], HttpVersion.Version11), CreateClient(addresses[1], HttpVersion.Version20)];
    }

    public CapturedLog Log { get; }

    /// <summary>The port for HTTP/1.1.</summary>
    public int Port { get; }

    /// <summary>The port that <see cref="GuestServerBuilder.WithListener"/> has added.</summary>
    public int ListenerPort { get; }

    /// <summary>Loads a module that no route has.</summary>
    public async Task<GuestModule> LoadAsync(byte[] wasm)
    {
        var module = await _app.Services.GetRequiredService<IInvocationHost>().LoadAsync(wasm, "loaded");
        _modules.Add(module);
        return module;
    }

    /// <summary>Shuts the application down as its host does.</summary>
    public Task StopAsync() => _app.StopAsync();

    /// <summary>A client that speaks HTTP/1.1.</summary>
    public HttpClient Client => _clients[0];

    /// <summary>A client that speaks HTTP/1.1 or HTTP/2.</summary>
    public HttpClient ClientOf(int version) => _clients[version - 1];

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) client.Dispose();

        // Not StopAsync, which would wait for the requests that a test left open.
        await _app.DisposeAsync();

        // The engine's address space is given back with its last module.
        foreach (var module in _modules) module.Dispose();
    }

    private static HttpClient CreateClient(Uri address, Version version) => new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
    {
        BaseAddress = address,
        DefaultRequestVersion = version,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        Timeout = TestLimits.Patience,
    };
}
