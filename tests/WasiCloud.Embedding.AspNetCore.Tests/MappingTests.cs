using FluentAssertions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.AspNetCore.Tests.Infrastructure;
using Xunit;

namespace WasiCloud.Embedding.AspNetCore.Tests;

/// <summary>What is wrong whatever the request is refused when the route is mapped.</summary>
public sealed class MappingTests
{
    public static TheoryData<string, Action<GuestEndpointOptions>, string> Mistakes => new()
    {
        { "no interface", options => options.Interface = (GuestInterface)3, "Interface is 3, which is none of its values.*" },
        { "a listener for files", options => options.NonBlockingListener = false, "NonBlockingListener is set, which has no effect if Interface is Files.*" },
        { "a listener for CGI", options => (options.Interface, options.NonBlockingListener) = (GuestInterface.Cgi, true), "NonBlockingListener is set,*Cgi.*" },
        { "a script's name for files", options => options.ScriptName = "", "ScriptName is set, which has no effect if Interface is Files.*" },
        { "a script's name for a socket", options => (options.Interface, options.ScriptName) = (GuestInterface.Socket, "/x"), "ScriptName is set,*Socket.*" },
        { "a query for files", options => options.ArgumentsFromQuery = true, "ArgumentsFromQuery is set, which has no effect if Interface is Files.*" },
        {
            "a query for a socket", options => (options.Interface, options.ArgumentsFromQuery) = (GuestInterface.Socket, true),
            "ArgumentsFromQuery is set,*Socket.*"
        },
        { "a spool for files", options => options.MaxSpooledBodyBytes = 1 << 20, "MaxSpooledBodyBytes is set, which has no effect if Interface is Files.*" },
        {
            "a spool for a socket", options => (options.Interface, options.MaxSpooledBodyBytes) = (GuestInterface.Socket, 1),
            "MaxSpooledBodyBytes is set,*Socket.*"
        },
        { "a negative spool", options => (options.Interface, options.MaxSpooledBodyBytes) = (GuestInterface.Cgi, -1), "MaxSpooledBodyBytes is -1;*" },
        {
            "a query beside arguments", options => (options.Interface, options.ArgumentsFromQuery, options.Arguments) = (GuestInterface.Cgi, true, ["a"]),
            "ArgumentsFromQuery and Arguments are set;*"
        },
        { "a script's name without a slash", options => (options.Interface, options.ScriptName) = (GuestInterface.Cgi, "x"), "ScriptName is 'x';*" },
        { "a script's name with a slash behind", options => (options.Interface, options.ScriptName) = (GuestInterface.Cgi, "/x/"), "ScriptName is '/x/';*" },
        { "no time", options => options.Timeout = TimeSpan.Zero, "Timeout is 00:00:00;*" },
        { "too long a time", options => options.Timeout = TimeSpan.FromDays(25), "Timeout is 25.00:00:00;*" },
        { "a NUL in an argument", options => options.Arguments = ["a", "b\0"], "Arguments must be texts without NUL.*" },
        { "no argument", options => options.Arguments = [null!], "Arguments must be texts without NUL.*" },
        { "no arguments", options => options.Arguments = null!, "Arguments must be texts without NUL.*" },
        { "a NUL in a variable", options => options.Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["A"] = "\0" },
            "Environment must be texts without NUL*" },
        { "a NUL in its name", options => options.Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["\0"] = "" },
            "Environment must be texts without NUL*" },
        {
            "a variable without value", options => options.Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["A"] = null! },
            "Environment must be texts without NUL*"
        },
        { "no environment", options => options.Environment = null!, "Environment must be texts without NUL*" },
        { "a field that is none", options => options.ReservedResponseFields.Add("Server "), "ReservedResponseFields has 'Server ', which is no field name*" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task MapGuest_WithAMistake_IsRefused(string mistake, Action<GuestEndpointOptions> configure, string message)
    {
        await using var app = Build();

        app.Invoking(it => it.MapGuest("/", _ => throw new InvalidOperationException("no request comes"), configure))
            .Should().Throw<ArgumentException>(mistake).WithMessage($"GuestEndpointOptions.{message}").WithParameterName(nameof(configure));
    }

    [Theory]
    [InlineData(GuestInterface.Files)]
    [InlineData(GuestInterface.Socket)]
    [InlineData(GuestInterface.Cgi)]
    public async Task MapGuest_WithWhatItsInterfaceHas_IsMapped(GuestInterface way)
    {
        await using var app = Build();

        app.Invoking(it => it.MapGuest("/", _ => throw new InvalidOperationException("no request comes"), options =>
        {
            (options.Interface, options.Timeout) = (way, Timeout.InfiniteTimeSpan);
            if (way == GuestInterface.Socket) options.NonBlockingListener = false;
            if (way == GuestInterface.Cgi) (options.ScriptName, options.ArgumentsFromQuery, options.MaxSpooledBodyBytes) = ("", true, 0);
        })).Should().NotThrow();
    }

    [Fact]
    public async Task MapGuestDaemon_OfAnUnknownName_IsRefused()
    {
        await using var app = Build();

        app.Invoking(it => it.MapGuestDaemon("/", "shop")).Should().Throw<ArgumentException>()
            .WithMessage("There is no daemon 'shop':*AddDaemon*").WithParameterName("daemon");
    }

    /// <summary>It is started with the application, which is later.</summary>
    [Fact]
    public async Task MapGuestDaemon_OfAKnownName_IsMapped()
    {
        await using var app = Build(builder => builder.AddDaemon("shop", (_, _) => throw new InvalidOperationException("it is not started")));

        app.Invoking(it => it.MapGuestDaemon("/", "shop")).Should().NotThrow();
        app.Invoking(it => it.MapGuestDaemon("/", "Shop")).Should().Throw<ArgumentException>();
    }

    /// <summary>What is its guest's is not an option of its route, whatever somebody takes the options for.</summary>
    [Fact]
    public async Task MapGuestDaemon_Options_AreThoseOfHttpOnly()
    {
        await using var app = Build(builder => builder.AddDaemon("shop", (_, _) => throw new InvalidOperationException("it is not started")));

        app.MapGuestDaemon("/", "shop", options => ((object)options).Should().NotBeAssignableTo<GuestEndpointOptions>());
        app.Invoking(it => it.MapGuestDaemon("/", "shop", options => options.ReservedResponseFields.Add("")))
            .Should().Throw<ArgumentException>().WithMessage("GuestDaemonEndpointOptions.ReservedResponseFields has*");
    }

    [Fact]
    public async Task MapGuestWebSocket_WithoutAddConnections_NamesWhatIsMissing()
    {
        await using var app = Build();

        app.Invoking(it => it.MapGuestWebSocket("/", _ => throw new InvalidOperationException("no request comes")))
            .Should().Throw<InvalidOperationException>().WithMessage("*AddConnectionFiles*");
    }

    [Fact]
    public async Task Mapping_AModuleOfAnotherHost_IsRefused()
    {
        await using var other = Build();
        await using var app = Build(builder => builder.AddConnectionFiles());
        var host = other.Services.GetRequiredService<IInvocationHost>();
        using var module = await host.LoadAsync(TestGuests.Echo, "foreign");
        await using var daemon = host.StartDaemon(module, "daemon");

        app.Invoking(it => it.MapGuest("/a", module)).Should().Throw<ArgumentException>().WithMessage("*'foreign'*another host*").WithParameterName("module");
        app.Invoking(it => it.MapGuestWebSocket("/b", module)).Should().Throw<ArgumentException>().WithMessage("*'foreign'*another host*");
        app.Invoking(it => it.MapGuestDaemon("/c", daemon)).Should().Throw<ArgumentException>().WithMessage("*another host*").WithParameterName("daemon");
    }

    [Fact]
    public async Task MapGuestWebSocket_WithAMistake_IsRefused()
    {
        await using var app = Build(builder => builder.AddConnectionFiles());

        app.Invoking(it => it.MapGuestWebSocket("/", _ => throw new InvalidOperationException("no request comes"), options => options.Arguments = ["\0"]))
            .Should().Throw<ArgumentException>().WithMessage("GuestWebSocketOptions.Arguments must be texts without NUL.*").WithParameterName("configure");
    }

    private static WebApplication Build(Action<IWasiCloudBuilder>? add = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        var guests = builder.Services
            .AddWasiCloud(options => (options.MaxConcurrentInvocations, options.Execution) = (1, TestExecution.Value)).AddRequestResponseFiles();
        add?.Invoke(guests);
        return builder.Build();
    }
}
