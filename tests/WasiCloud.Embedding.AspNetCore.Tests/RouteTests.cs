using System.Net;
using FluentAssertions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.AspNetCore.Tests.Infrastructure;
using Xunit;

namespace WasiCloud.Embedding.AspNetCore.Tests;

public sealed class RouteTests
{
    [Fact]
    public async Task MapGuest_OtherPath_IsNotFound()
    {
        await using var server = await new GuestServerBuilder().Map("/show/{**rest}", TestGuests.ShowRequest).StartAsync();

        using var inside = await server.Client.GetAsync("/show/a/b");
        using var outside = await server.Client.GetAsync("/other");

        inside.StatusCode.Should().Be(HttpStatusCode.OK);
        outside.StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("DELETE")]
    [InlineData("PROPFIND")]
    public async Task MapGuest_AnyMethod_ReachesTheGuest(string method)
    {
        await using var server = await new GuestServerBuilder().Map("/", TestGuests.ShowRequest).StartAsync();

        using var response = await server.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/"));

        (await response.Content.ReadAsStringAsync()).Should().StartWith(method + " / HTTP/1.1\r\n");
    }

    [Fact]
    public async Task MapGuest_Reactor_IsRefusedWhenItIsMapped()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddWasiCloud(options => (options.MaxConcurrentInvocations, options.Execution) = (1, TestExecution.Value));
        await using var application = builder.Build();
        var wasm = await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "guests", "no_start.wasm"));
        using var reactor = await application.Services.GetRequiredService<IInvocationHost>().LoadAsync(wasm, "reactor");

        application.Invoking(it => it.MapGuest("/", reactor)).Should().Throw<ArgumentException>().WithMessage("*'reactor' is a reactor*");
    }

    [Fact]
    public async Task MapGuest_ModuleChosenByRequest_RunsThatModule()
    {
        var reached = 0;
        await using var server = await new GuestServerBuilder().MapObserved("/", TestGuests.ShowRequest, () => reached++).StartAsync();

        using var response = await server.Client.GetAsync("/");

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        reached.Should().Be(1);
    }

    [Fact]
    public async Task MapGuest_Arguments_ReachTheGuest()
    {
        await using var server = await new GuestServerBuilder().MapFault("/none", "sleep", "0").MapFault("/three", "exit", "3").StartAsync();

        using var none = await server.Client.GetAsync("/none");
        using var three = await server.Client.GetAsync("/three");

        none.StatusCode.Should().Be(HttpStatusCode.NoContent, "a guest that ends well without a response gives an empty one");
        three.StatusCode.Should().Be(HttpStatusCode.InternalServerError);
        (await server.Log.FirstAsync()).Exception.Should().BeOfType<GuestExitException>().Which.ExitCode.Should().Be(3);
    }

    [Fact]
    public async Task MapGuest_WithoutAddWasiCloud_NamesWhatIsMissing()
    {
        await using var app = WebApplication.CreateSlimBuilder().Build();

        var map = () => ((IEndpointRouteBuilder)app).MapGuest("/", _ => throw new InvalidOperationException("unreachable"));

        map.Should().Throw<InvalidOperationException>().WithMessage("*AddWasiCloud*");
    }
}
