using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace WasiCloud.Embedding.AspNetCore.Tests.Infrastructure;

/// <summary>Describes a server whose routes are guests.</summary>
internal sealed class GuestServerBuilder
{
    private readonly List<Func<WebApplication, IInvocationHost, Task<GuestModule>>> _routes = [];
    private Action<WasiCloudOptions> _limits = _ => { };
    private Action<KestrelServerLimits> _serverLimits = _ => { };
    private Action<IServiceCollection> _services = _ => { };
    private Action<WebApplication> _middleware = _ => { };
    private Action<ListenOptions>? _listener;

    public GuestServerBuilder Map(
        string pattern, byte[] wasm, Action<GuestEndpointOptions>? configure = null, string? group = null, string? authorization = null)
    {
        _routes.Add(async (app, host) =>
        {
            var module = await host.LoadAsync(wasm, pattern);
            IEndpointRouteBuilder routes = group is null ? app : app.MapGroup(group);
            var endpoint = routes.MapGuest(pattern, module, configure);
            if (authorization is not null) endpoint.RequireAuthorization(authorization);
            return module;
        });
        return this;
    }

    public GuestServerBuilder MapWebSocket(string pattern, byte[] wasm, Action<GuestWebSocketOptions>? configure = null)
    {
        _routes.Add(async (app, host) =>
        {
            var module = await host.LoadAsync(wasm, pattern);
            app.MapGuestWebSocket(pattern, module, configure);
            return module;
        });
        return this;
    }

    /// <summary>Adds a port whose connections go to a guest each.</summary>
    public GuestServerBuilder WithListener(byte[] wasm, Action<GuestStreamOptions> configure)
    {
        var module = new TaskCompletionSource<GuestModule>();
        _routes.Add(async (_, host) =>
        {
            module.SetResult(await host.LoadAsync(wasm, "listener"));
            return await module.Task;
        });
        _listener = listener => listener.UseGuestConnection(_ => new ValueTask<GuestModule>(module.Task), configure);
        return this;
    }

    /// <summary>Maps a route that tells when a request reached it, just before its guest starts.</summary>
    public GuestServerBuilder MapObserved(string pattern, byte[] wasm, Action reached)
    {
        _routes.Add(async (app, host) =>
        {
            var module = await host.LoadAsync(wasm, pattern);
            app.MapGuest(pattern, _ =>
            {
                reached();
                return new ValueTask<GuestModule>(module);
            });
            return module;
        });
        return this;
    }

    public GuestServerBuilder MapFault(string pattern, params string[] arguments) =>
        Map(pattern, TestGuests.Named("fault"), options => options.Arguments = arguments);

    public GuestServerBuilder WithLimits(Action<WasiCloudOptions> configure)
    {
        _limits = configure;
        return this;
    }

    public GuestServerBuilder WithServerLimits(Action<KestrelServerLimits> configure)
    {
        _serverLimits = configure;
        return this;
    }

    public GuestServerBuilder WithServices(Action<IServiceCollection> configure)
    {
        _services = configure;
        return this;
    }

    public GuestServerBuilder WithMiddleware(Action<WebApplication> configure)
    {
        _middleware = configure;
        return this;
    }

    public async Task<GuestServer> StartAsync()
    {
        var log = new CapturedLog();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.SetMinimumLevel(LogLevel.Debug).AddProvider(log);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(server =>
        {
            server.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
            server.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
            if (_listener is not null) server.Listen(IPAddress.Loopback, 0, _listener);
            _serverLimits(server.Limits);
        });
        builder.Services.AddRouting();
        builder.Services.AddWasiCloud(options =>
        {
            (options.MaxConcurrentInvocations, options.ModuleCacheFolder, options.Execution) = (16, TestFolders.ModuleCache, TestExecution.Value);
            (options.ExecutionTimeout, options.QueueTimeout) = (TestLimits.Patience, TestLimits.Patience);
            _limits(options);
        }).AddRequestResponseFiles();
        _services(builder.Services);
        var app = builder.Build();
        _middleware(app);
        var modules = new List<GuestModule>();
        foreach (var route in _routes) modules.Add(await route(app, app.Services.GetRequiredService<IInvocationHost>()));
        await app.StartAsync();
        return new GuestServer(app, modules, log);
    }
}
