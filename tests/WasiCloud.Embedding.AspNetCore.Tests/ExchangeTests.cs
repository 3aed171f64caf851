using System.Globalization;
using System.Text;
using FluentAssertions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.AspNetCore.Tests.Infrastructure;
using Xunit;

namespace WasiCloud.Embedding.AspNetCore.Tests;

/// <summary>RFC 9112 section 9.3: connections that persist bring request after request, whatever became of the one before.</summary>
public class ExchangeTests
{
    private const int Connections = 4;
    private const int ExchangesOfAConnection = 1_250;

    // What a path answers to a body, to GET and to HEAD: its status, and whether that is the body, a word or the path.
    private static readonly (string Path, string Status, Func<string, string> Answer)[] OfGuests =
    [
        ("/guests/read", "200", static body => body), ("/guests/unread", "200", static _ => "done"), ("/guests/some", "200", static _ => "done"),
        ("/guests/poll", "200", static _ => "done"), ("/guests/trap", "500", static _ => "problem"), ("/guests/malformed", "502", static _ => "problem"),
    ];

    private static readonly (string Path, string Status, Func<string, string> Answer)[] OfSockets =
        [("/echo", "200", static body => body), ("/unread", "200", static _ => "POST /unread"), ("/raw", "502", static _ => "problem")];

    private static readonly (string Path, string Status, Func<string, string> Answer)[] OfFiles =
    [
        ("/echo", "200", static body => body), ("/unread", "200", static _ => "/unread"), ("/status", "404", static _ => string.Empty),
        ("/malformed", "502", static _ => "problem"),
    ];

    /// <summary>Bodies unread, read in part, polled and read, HEAD, errors, on guests of their own and on a daemon: 10,000 in all, and none lost.</summary>
    [Theory]
    [InlineData(GuestInterface.Socket, "socket_server")]
    [InlineData(GuestInterface.Files, "http_files")]
    public async Task Connection_OfManyMixedExchanges_LosesNone(GuestInterface way, string daemon)
    {
        await using var server = await StartAsync(way, daemon);
        var paths = OfGuests.Concat(way == GuestInterface.Socket ? OfSockets : OfFiles).ToArray();
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(async seed =>
        {
            var random = new Random(seed);
            using var connection = await RawConnection.OpenAsync(server);
            for (var number = 0; number < ExchangesOfAConnection; number++)
            {
                var (path, status, answer) = paths[random.Next(paths.Length)];
                var what = string.Create(CultureInfo.InvariantCulture, $"connection {seed}, exchange {number}, {path}");

                // A line, which is wrong at once; the rest of one is waited for.
                var length = random.Next(20) switch { 0 => 100_000, < 4 => 5_000, _ => random.Next(1, 20) };
                var body = (path == "/raw" ? "no HTTP\n" : string.Empty) + new string('x', length);
                var isHead = random.Next(8) == 0 && status == "200";
                await SendAsync(connection, random, isHead ? "HEAD" : "POST", path, body);

                var head = await connection.ReadHeadAsync();
                head.Should().StartWith($"HTTP/1.1 {status} ", what).And.NotContain("Connection: close", what);
                if (isHead) continue;
                var found = await connection.ReadBodyAsync(head);
                var expected = answer(body);
                if (expected == "problem") found.Should().Contain("traceId", what);
                else if (found != expected) found.Should().Be(expected, what);
            }
        }));
    }

    // With a length or in chunks, with the head or after it.
    private static async Task SendAsync(RawConnection connection, Random random, string method, string path, string body)
    {
        // What sends its body back as it is wants to know its length.
        var isChunked = path != "/raw" && random.Next(3) == 0;
        var framing = isChunked ? "Transfer-Encoding: chunked" : string.Create(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}");
        var content = isChunked ? string.Create(CultureInfo.InvariantCulture, $"{body.Length:x}\r\n{body}\r\n0\r\n\r\n") : body;
        var head = $"{method} {path} HTTP/1.1\r\nHost: h\r\n{framing}\r\n\r\n";
        var cut = random.Next(3) switch { 0 => 0, 1 => content.Length, _ => random.Next(content.Length) };
        await connection.SendAsync(Encoding.ASCII.GetBytes(head + content[..cut]));
        if (cut < content.Length) await connection.SendAsync(Encoding.ASCII.GetBytes(content[cut..]));
    }

    private static Task<GuestServer> StartAsync(GuestInterface way, string daemon) => new GuestServerBuilder()
        .WithServices(services => services.AddWasiCloud().AddDaemonHttpFiles().AddDaemon(
            "daemon",
            (provider, cancellationToken) => provider.GetRequiredService<IInvocationHost>().LoadAsync(TestGuests.Named(daemon), daemon, cancellationToken),
            options => (options.MinRestartDelay, options.Interface) = (TimeSpan.Zero, way)))
        .WithMiddleware(static app => app.MapGuestDaemon("/{**path}", "daemon"))
        .Map("/guests/read", TestGuests.Echo)
        .Map("/guests/unread", TestGuests.Answer(string.Empty))
        .Map("/guests/some", TestGuests.Answer(TestGuests.ReadSome))
        .Map("/guests/poll", TestGuests.Answer(TestGuests.Poll))
        .Map("/guests/trap", TestGuests.Answer(TestGuests.ReadSome + TestGuests.Trap))
        .Map("/guests/malformed", TestGuests.SendBodyAsResponse)
        .StartAsync();
}
