using System.Text;
using FluentAssertions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using WasiCloud.Embedding.AspNetCore.Tests.Infrastructure;
using Xunit;

namespace WasiCloud.Embedding.AspNetCore.Tests;

/// <summary>The path that a guest sees is the one that ASP.NET Core routed and authorized, in every form.</summary>
public sealed class TargetTests
{
    private const string RoutedField = "X-Routed";

    // What may stand between two slashes, in every spelling that means something to somebody.
    private static readonly string[] Segments =
    [
        "a", "admin", "..", ".", "%2e", "%2E%2e", ".%2E", "a%2Fb", "..%2f..", "a%252Fb", "%252e%252e", "%25", "100%25", "%C3%A9", "%E2%82%AC", "%FF", "%C3",
        "%F0%9F%98%80",
        "%7euser", "~user", "%41", "a;b=c", "a+b", "a%20b", "a:b", "@x", "%3f", "%23", "a|b", "%5C", "a\\b", "%", "%zz", "...", "",
    ];

    public static TheoryData<string, string> Paths => new()
    {
        { "/public/x?q=%2e%2e/../x", "/public/x?q=%2e%2e/../x" },
        { "/admin/../public/x", "/public/x" },
        { "/admin/%2e%2e/public/x", "/public/x" },
        { "/admin/.%2E/public/./x", "/public/x" },
        { "/x/../../public/x/..", "/public/" },
        { "http://guest.example/admin/../public/x?q", "/public/x?q" },
        { "/PUBLIC/x", "/PUBLIC/x" },
        { "/p%75blic/%78", "/public/x" },
        { "/public/a%2Fb", "/public/a%2Fb" },
        { "/public/a%2fb", "/public/a%2fb" },
        { "/public/a%252Fb", "/public/a%252Fb" },
        { "/public/%252e%252e/admin", "/public/%252e%252e/admin" },
        { "/public/..%2Fadmin", "/public/..%2Fadmin" },
        { "/public/caf%c3%a9", "/public/caf%C3%A9" },
        { "/public/100%25", "/public/100%25" },
        { "/public//x", "/public//x" },
        { "/public/a|b", "/public/a%7Cb" },
        { "/public/%3Fx=1", "/public/%3Fx=1" },
    };

    [Theory, MemberData(nameof(Paths))]
    public async Task Path_SpelledInAnyWay_IsTheOneThatWasRouted(string sent, string seen)
    {
        await using var server = await new GuestServerBuilder().Map("/public/{**rest}", TestGuests.ShowRequest).StartAsync();

        (await ShowAsync(server, sent))!.Target.Should().Be(seen);
    }

    [Fact]
    public async Task Path_Generated_DecodesOnceToWhatWasRouted()
    {
        await using var server = await new GuestServerBuilder().WithMiddleware(AddRoutedPath).Map("/{**rest}", TestGuests.ShowRequest).StartAsync();
        var random = new Random(20261130);
        var shown = 0;
        for (var run = 0; run < 400; run++)
        {
            var path = string.Concat(Enumerable.Range(0, random.Next(1, 6)).Select(_ => "/" + Segments[random.Next(Segments.Length)]));

            // What Kestrel itself refuses reaches no guest.
            if (await ShowAsync(server, path) is not { } request) continue;
            shown++;
            DecodeOnce(request.Target).Should().Be(request.Routed, "{0} was sent", path);
            request.Target.Should().MatchRegex(@"^/[-._~!$&'()*+,;=:@0-9A-Za-z/%]*$");
        }

        shown.Should().BeGreaterThan(200);
    }

    [Theory]
    [InlineData("/app/public/x", "/app/public/x")]
    [InlineData("/APP/./public/%41?q", "/APP/public/A?q")]
    public async Task Path_BelowAPathBase_HasItInFront(string sent, string seen)
    {
        await using var server = await new GuestServerBuilder()
            .WithMiddleware(static app => app.UsePathBase("/app").UseRouting()).Map("/public/{**rest}", TestGuests.ShowRequest).StartAsync();

        (await ShowAsync(server, sent))!.Target.Should().Be(seen);
    }

    [Theory]
    [InlineData("/old/x?q", "/public/new%20%252Fx?q")]
    public async Task Path_ReplacedByAMiddleware_IsTheNewOne(string sent, string seen)
    {
        await using var server = await new GuestServerBuilder().WithMiddleware(static app => app.Use((context, next) =>
        {
            context.Request.Path = "/public/new %2Fx";
            return next(context);
        }).UseRouting()).Map("/public/{**rest}", TestGuests.ShowRequest).StartAsync();

        (await ShowAsync(server, sent))!.Target.Should().Be(seen);
    }

    [Fact]
    public async Task Asterisk_IsNoPathAndComesAsItIs()
    {
        await using var server = await new GuestServerBuilder().Map("/{**rest}", TestGuests.ShowRequest).StartAsync();

        (await ShowAsync(server, "*", "OPTIONS"))!.Target.Should().Be("*");
    }

    [Theory]
    [InlineData(GuestInterface.Socket, "socket_server")]
    [InlineData(GuestInterface.Files, null)]
    public async Task Path_OnASocketAndAsText_IsTheSame(GuestInterface form, string? guest)
    {
        await using var server = await new GuestServerBuilder()
            .Map("/public/{**rest}", guest is null ? TestGuests.ShowRequest : TestGuests.Named(guest), options => options.Interface = form).StartAsync();
        using var connection = await RawConnection.OpenAsync(server);

        await connection.SendAsync("GET /admin/../public/x?y HTTP/1.1\r\nHost: h\r\n\r\n");

        (await connection.ReadResponseAsync()).Should().StartWith("GET /public/x?y");
    }

    [Theory]
    [InlineData("/cgi/report/a", "/cgi/report", "/a")]
    [InlineData("/CGI/Report/a", "/cgi/report", "/a")]
    [InlineData("/cgi/rep%6Frt/a", "/cgi/report", "/a")]
    [InlineData("/cgi/./report/a", "/cgi/report", "/a")]
    [InlineData("/x/../cgi/report/a", "/cgi/report", "/a")]
    [InlineData("/cgi/report/a/../b", "/cgi/report", "/b")]
    [InlineData("/cgi/report", "/cgi/report", "")]
    [InlineData("/cgi/report/a%2Fb%20c", "/cgi/report", "/a%2Fb c")]
    [InlineData("/cgi/report/a%252Fb", "/cgi/report", "/a%2Fb")]
    [InlineData("/app/cgi/report/a", "/app/cgi/report", "/a")]
    public async Task ScriptName_OfACgiProgram_IsWhereItWasRouted(string sent, string script, string info)
    {
        await using var server = await new GuestServerBuilder().WithMiddleware(static app => app.UsePathBase("/app").UseRouting())
            .Map("/cgi/report/{**path}", TestGuests.Named("cgi"), options => options.Interface = GuestInterface.Cgi).StartAsync();
        using var connection = await RawConnection.OpenAsync(server);

        await connection.SendAsync($"GET {sent} HTTP/1.1\r\nHost: h\r\n\r\n");
        await connection.ReadHeadAsync();

        (await connection.ReadChunksAsync()).Should().StartWith($"method=GET script={script} path={info} query=");
    }

    [Fact]
    public async Task ScriptName_OfACgiProgramInAGroup_HasTheGroupsPrefix()
    {
        await using var server = await new GuestServerBuilder()
            .Map("tools/{tool}/{**path}", TestGuests.Named("cgi"), options => options.Interface = GuestInterface.Cgi, group: "/group").StartAsync();

        (await server.Client.GetStringAsync("/group/tools/a/b")).Should().StartWith("method=GET script=/group/tools path=/a/b ");
    }

    private static void AddRoutedPath(WebApplication app) => app.Use((context, next) =>
    {
        context.Request.Headers[RoutedField] = Convert.ToHexString(Encoding.UTF8.GetBytes(context.Request.PathBase.Value + context.Request.Path.Value));
        return next(context);
    });

    // As a guest does that leaves escaped slashes alone. What is no UTF-8 was kept by Kestrel and stays what it is here.
    private static string DecodeOnce(string path) => Uri.UnescapeDataString(
        path.Replace("%2F", "%252F", StringComparison.Ordinal).Replace("%2f", "%252f", StringComparison.Ordinal));

    private static async Task<Shown?> ShowAsync(GuestServer server, string target, string method = "GET")
    {
        using var connection = await RawConnection.OpenAsync(server);
        await connection.SendAsync($"{method} {target} HTTP/1.1\r\nHost: guest.example\r\nConnection: close\r\n\r\n");
        var head = await connection.ReadHeadAsync();
        if (head.StartsWith("HTTP/1.1 400", StringComparison.Ordinal)) return null;
        head.Should().StartWith("HTTP/1.1 200 ", "{0} was sent", target);
        var lines = (await connection.ReadChunksAsync()).Split("\r\n");
        var routed = lines.FirstOrDefault(line => line.StartsWith(RoutedField, StringComparison.OrdinalIgnoreCase));
        return new Shown(lines[0].Split(' ')[1],
            routed is null ? string.Empty : Encoding.UTF8.GetString(Convert.FromHexString(routed[(RoutedField.Length + 2)..])));
    }

    private sealed record Shown(string Target, string Routed);
}
