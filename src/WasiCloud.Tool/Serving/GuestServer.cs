using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using WasiCloud.Embedding;

namespace WasiCloud.Tool.Serving;

/// <summary>Kestrel in front of the library.</summary>
internal static class GuestServer
{
    private const string KeyValuePath = "/beta/kv/local";

    // What the requests in flight get to finish, and the server after that to end.
    private static readonly TimeSpan FinishTime = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan EndTime = TimeSpan.FromSeconds(5);

    /// <summary>Serves until the process is told to stop (SIGINT, SIGTERM), then finishes the requests in flight, unless it is told so once more.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(ServeSettings settings, Interruption interruption, CancellationToken cancellationToken)
    {
        var source = new ModuleSource(settings.Source);
        if (settings.Host.Sha256 is not null && !source.IsSingle) throw new FormatException($"--sha256 is of one module; '{settings.Source}' is a folder.");
        var policies = new ServedPolicies(settings.Policy, settings.Host.Sha256);
        var learning = settings.Learn is { } folder ? new ServedLearning(folder) : null;
        var mounts = WithKeyValue(settings.Host.Mounts);
        var app = Build(settings, mounts, cancellationToken);
        await using (app.ConfigureAwait(false))
        {
            var host = app.Services.GetRequiredService<IInvocationHost>();
            var routes = new RouteTable();
            var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("wasicloud");
            var reloader = new RouteReloader(source, routes, host, logger, module =>
            {
                learning?.Add(module);
                return policies.OptionsOf(module);
            });
            await using var disposal = reloader.ConfigureAwait(false);

            // Before the first look, so that no change falls between.
            using var watch = new FolderWatch(source.Folder, reloader.Signal, TimeProvider.System);
            await reloader.ScanAsync(cancellationToken).ConfigureAwait(false);
            if (source.IsSingle && !reloader.IsServed(RouteTable.Everything)) return ExitCodes.Failure;
            Map(app, routes, settings.Host, learning);
            await app.StartAsync(cancellationToken).ConfigureAwait(false);
            TryPrintStart(app, source, reloader, mounts);
            interruption.LetFinish(FinishTime + EndTime);
            using var stopping = CancellationTokenSource.CreateLinkedTokenSource(app.Lifetime.ApplicationStopping, cancellationToken);
            await reloader.RunAsync(stopping.Token).ConfigureAwait(false);
            await app.StopAsync(CancellationToken.None).ConfigureAwait(false);
            return learning is null || learning.TryWrite() ? 0 : ExitCodes.Failure;
        }
    }

    private static MountSpecification[] WithKeyValue(MountSpecification[] mounts) =>
        mounts.Any(mount => mount.GuestPath == KeyValuePath) ? mounts : [.. mounts, new MountSpecification(MountKind.KeyValue, "memory", KeyValuePath)];

    // Empty: a settings file in the current folder, or a variable, must not change what the command line says.
    private static WebApplication Build(ServeSettings settings, MountSpecification[] mounts, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            options.Listen(settings.Address);
        });
        builder.Services.AddRoutingCore();
        builder.Logging.AddSimpleConsole(options => options.SingleLine = true)
            .AddFilter("Microsoft", LogLevel.Warning)
            .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None) // What it says of a failed start is thrown as well.
            .AddFilter("WasiCloud.Embedding.Modules", LogLevel.None) // The routes are told of.
            .SetMinimumLevel(LogLevel.Information);
        builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(options =>
        {
            options.LogToStandardErrorThreshold = LogLevel.Trace;

            // Requests do not wait for whoever reads the log: beyond 2,500 lines they are left out, and how many is told.
            options.QueueFullMode = Microsoft.Extensions.Logging.Console.ConsoleLoggerQueueFullMode.DropWrite;
        });
        builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(options => options.ShutdownTimeout = FinishTime);
        var guests = builder.Services.AddWasiCloud(options =>
        {
            ToolHost.Apply(settings.Host, options);
            options.RequirePolicy = settings.Policy is not null;
        }).AddRequestResponseFiles();
        ToolHost.AddMounts(guests, settings.Host, mounts, cancellationToken);
        return builder.Build();
    }

    private static void Map(WebApplication app, RouteTable routes, HostSettings settings, ServedLearning? learning)
    {
        app.Use(async (context, next) =>
        {
            using var lease = await routes.TryAcquireAsync(context.Request.Path.Value ?? string.Empty).ConfigureAwait(false);
            if (lease is null)
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return;
            }

            context.Features.Set(lease);
            await next(context).ConfigureAwait(false);
        });
        app.MapGuest("/{**path}", context => new ValueTask<GuestModule>(ModuleOf(context)), options =>
        {
            options.Environment = settings.Environment;
            if (learning is not null)
                options.Configure = (context, request) => request with { PolicyObserver = learning.ObserverOf(ModuleOf(context).Name) };
        });
    }

    private static GuestModule ModuleOf(HttpContext context) => context.Features.Get<GuestModuleLease>()!.Module;

    // A server is there to serve, whether or not somebody reads what it says of it.
    private static void TryPrintStart(WebApplication app, ModuleSource source, RouteReloader reloader, MountSpecification[] mounts)
    {
        try
        {
            PrintStart(app, source, reloader, mounts);
        }
        catch (OutputException exception)
        {
            FailureReport.Warn(exception.Message);
        }
    }

    private static void PrintStart(WebApplication app, ModuleSource source, RouteReloader reloader, MountSpecification[] mounts)
    {
        var report = new Report();
        foreach (var (route, path) in source.Scan().Where(file => reloader.IsServed(file.Key)).OrderBy(file => file.Key, StringComparer.Ordinal))
            report.Add("route", source.IsSingle ? "/" : "/" + route, Path.GetFileName(path));
        foreach (var (path, what) in new[] { ("/request", "the request"), ("/response", "the response"), ("/dev", "devices"), ("/tmp", "private, in memory") })
            report.Add("mount", path, what);
        foreach (var mount in mounts) report.Add("mount", mount.GuestPath, mount.ToString());
        foreach (var url in app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses)
            report.Add("listening", url, "Ctrl+C stops");
        report.Print(Console.Out, !Console.IsOutputRedirected);
    }
}
