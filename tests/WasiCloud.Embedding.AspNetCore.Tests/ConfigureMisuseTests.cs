using System.IO.Pipelines;
using System.Net;
using FluentAssertions;
using Microsoft.AspNetCore.Http;
using WasiCloud.Embedding.AspNetCore.Tests.Infrastructure;
using Xunit;

namespace WasiCloud.Embedding.AspNetCore.Tests;

/// <summary>What <see cref="GuestHttpEndpointOptions.Configure"/> must not do, and what becomes of the request then: 500, and no guest.</summary>
public sealed class ConfigureMisuseTests
{
    private const string Body = "the body";

    public static TheoryData<string, Func<HttpContext, InvocationRequest, InvocationRequest>, string> Misuses => new()
    {
        { "null", (_, _) => null!, "Configure returned null; *with*" },
        { "a throw", (_, _) => throw new InvalidOperationException("no such user"), "no such user" },
        { "a request made anew", (_, _) => new InvocationRequest { Method = "POST", ContentLength = Body.Length }, "Configure changed Body,*with*" },
        { "another body", (_, request) => request with { Body = PipeReader.Create(Stream.Null) }, "Configure changed Body,*" },
        { "no body", (_, request) => request with { Body = null }, "Configure changed Body,*" },
        { "another length", (_, request) => request with { ContentLength = 1 }, "Configure changed ContentLength,*" },
        { "no length", (_, request) => request with { ContentLength = null }, "Configure changed ContentLength,*" },
        { "another method", (_, request) => request with { Method = "HEAD" }, "Configure changed Method,*" },
        { "another interface", (_, request) => request with { Interface = GuestInterface.Socket }, "Configure changed Interface,*" },
        {
            "a listener's option", (_, request) => request with { NonBlockingListener = true },
            "*NonBlockingListener is set, which has no effect if Interface is Files."
        },
        { "CGI's options", (_, request) => request with { ScriptName = "/x" }, "*ScriptName is set, which has no effect if Interface is Files." },
        { "an address", (_, request) => request with { RemoteAddress = "::1" }, "*RemoteAddress is set, which has no effect if Interface is Files." },
        { "a target in two lines", (_, request) => request with { Target = "/\r\nX-Injected: 1" }, "*target*white space or control characters*" },
        { "an authority in two lines", (_, request) => request with { Authority = "host\r\nX-Injected: 1" }, "*authority*white space or control characters*" },
        { "a field in two lines", (_, request) => AddField(request, "x", "1\r\nX-Injected: 1"), "*contains CR, LF or NUL*" },
        { "a field name in two lines", (_, request) => AddField(request, "x\r\n", "1"), "*is not a header field name*" },
        { "an argument with NUL", (_, request) => request with { Arguments = ["a\0b"] }, "*contains a NUL*" },
        { "a variable with NUL", (_, request) => request with { Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["A"] = "a\0b" } },
            "*contains a NUL*" },
        { "no arguments", (_, request) => request with { Arguments = null! }, "*Arguments*null*" },
        { "no environment", (_, request) => request with { Environment = null! }, "*Environment*null*" },
        { "no fields", (_, request) => request with { Headers = null! }, "*Headers*null*" },
        { "no features", (_, request) => request with { Features = null! }, "*Features*null*" },
        { "a feature that is null", (_, request) => request with { Features = [null!] }, "*Features*null*" },
        { "no target", (_, request) => request with { Target = null! }, "*Target*null*" },
        { "an empty tenant", (_, request) => request with { Tenant = "" }, "The tenant is empty*" },
        { "a tenant with NUL", (_, request) => request with { Tenant = "a\0b" }, "The tenant 'a\\u{0}b' is not one line of text*" },
        { "a tenant in two lines", (_, request) => request with { Tenant = "a\nforged" }, "The tenant * is not one line of text*" },
        { "a tenant that is too long", (_, request) => request with { Tenant = new string('x', 100_000) }, "The tenant * is longer than 255 bytes*" },
        { "fuel that is not counted", (_, request) => request with { Fuel = 1 }, "InvocationRequest.Fuel is not counted*" },
        { "a time that is none", (_, request) => request with { Timeout = TimeSpan.Zero }, "InvocationRequest.Timeout is 00:00:00; it must be more than 0*" },
        {
            "computing time that is none", (_, request) => request with { MaxCpuTime = TimeSpan.FromDays(-1) },
            "InvocationRequest.MaxCpuTime is -1.00:00:00; it must be more than 0*"
        },
    };

    [Theory]
    [MemberData(nameof(Misuses))]
    public async Task Configure_Misused_Is500AndNoGuestBegins(
        string misuse, Func<HttpContext, InvocationRequest, InvocationRequest> configure, string message)
    {
        var isMisused = true;
        await using var server = await new GuestServerBuilder()
            .Map("/", TestGuests.Echo, options => options.Configure = (http, request) => isMisused ? configure(http, request) : request)
            .WithLimits(options => (options.MaxConcurrentInvocations, options.QueueTimeout) = (1, TimeSpan.Zero))
            .StartAsync();
        using var connection = await RawConnection.OpenAsync(server);
        var post = $"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: {Body.Length}\r\n\r\n{Body}";

        await connection.SendAsync(post);
        (await connection.ReadHeadAsync()).Should().StartWith("HTTP/1.1 500 ", misuse).And.Contain("\nContent-Length: 0\n");
        server.Log.Errors.Should().ContainSingle().Which.Exception!.Message.Should().Match(message);

        // Neither the body nor the guest's place is lost: the connection goes on, and so does the host, which has one place.
        isMisused = false;
        await connection.SendAsync(post);
        (await connection.ReadHeadAsync()).Should().StartWith("HTTP/1.1 200 ");
        (await connection.ReadChunksAsync()).Should().Be(Body);
    }

    /// <summary>What is read as a whole for a CGI program is the request's own, too.</summary>
    [Fact]
    public async Task Configure_OfACgiProgram_GetsTheLengthAndKeepsTheBody()
    {
        long? length = null;
        await using var server = await new GuestServerBuilder().Map("/", TestGuests.Named("cgi"), options =>
        {
            (options.Interface, options.MaxSpooledBodyBytes) = (GuestInterface.Cgi, 10);
            options.Configure = (http, request) =>
            {
                length = request.ContentLength;
                return http.Request.Query.ContainsKey("spoil") ? request with { Body = null } : request with { Arguments = ["own"] };
            };
        }).StartAsync();
        for (var run = 0; run < 100; run++)
        {
            // More would be held than may be, were it not given back.
            using var spoiled = await server.ClientOf(2).PostAsync("/?spoil", await OfUnknownLengthAsync("0123456789"));
            spoiled.StatusCode.Should().Be(HttpStatusCode.InternalServerError);
        }

        using var response = await server.ClientOf(2).PostAsync("/", await OfUnknownLengthAsync("0123456789"));

        length.Should().Be(10);
        (await response.Content.ReadAsStringAsync()).Should().Contain(" length=10 ").And.Contain(" args=[own] ").And.EndWith(" body=0123456789");
    }

    /// <summary>
    /// The host's maximum is what a request has that says nothing else (<see cref="InvocationRequest.Fuel"/>, <see cref="InvocationRequest.Timeout"/>).
    /// </summary>
    [Fact]
    public async Task Limits_AboveTheHosts_AreTheRequests()
    {
        await using var server = await new GuestServerBuilder()
            .WithLimits(options => (options.MaxFuel, options.ExecutionTimeout) = (1, TimeSpan.FromMilliseconds(20)))
            .Map("/fuel", TestGuests.Named("loop"), options => options.Configure = (_, request) => request with { Fuel = 10, Timeout = TestLimits.Patience })
            .Map("/time", TestGuests.Named("fault"), options =>
            {
                options.Arguments = ["sleep", "60"];
                options.Configure = (_, request) => request with { Fuel = long.MaxValue, Timeout = TestLimits.Patience };
            })
            .StartAsync();

        using var fuel = await server.Client.GetAsync("/fuel");
        using var time = await server.Client.GetAsync("/time");

        fuel.StatusCode.Should().Be(HttpStatusCode.InternalServerError);
        server.Log.Errors.Should().ContainSingle().Which.Exception.Should().BeOfType<GuestLimitException>().Which.Should()
            .BeEquivalentTo(new { Limit = GuestLimit.Fuel, Value = 10L });
        time.StatusCode.Should().Be(HttpStatusCode.NoContent);
    }

    private static async Task<HttpContent> OfUnknownLengthAsync(string text)
    {
        var content = new DuplexContent();
        await content.SendAsync(text);
        await content.CompleteAsync();
        return content;
    }

    private static InvocationRequest AddField(InvocationRequest request, string name, string value)
    {
        request.Headers.Add(name, value);
        return request;
    }
}
