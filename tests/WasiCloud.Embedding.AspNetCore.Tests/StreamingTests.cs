using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.AspNetCore.Tests.Infrastructure;
using Xunit;

namespace WasiCloud.Embedding.AspNetCore.Tests;

public sealed class StreamingTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Echo_SmallBody_ComesBack(int version)
    {
        await using var server = await StartAsync();
        using var content = new StringContent("hello", Encoding.UTF8, "text/plain");

        using var response = await server.ClientOf(version).PostAsync("/", content);

        (await response.Content.ReadAsStringAsync()).Should().Be("hello");
        response.Content.Headers.ContentType!.ToString().Should().Be("text/plain; charset=utf-8");
    }

    [Fact]
    public async Task Echo_ChunkedBodyHalfSent_FirstHalfComesBackAtOnce()
    {
        await using var server = await StartAsync();
        using var connection = await RawConnection.OpenAsync(server);

        await connection.SendAsync("POST / HTTP/1.1\r\nHost: guest\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n");
        (await connection.ReadHeadAsync()).Should().StartWith("HTTP/1.1 200 ");
        var first = await connection.ReadChunkAsync();
        await connection.SendAsync("6\r\nsecond\r\n");
        var second = await connection.ReadChunkAsync();
        await connection.SendAsync("0\r\n\r\n");
        var end = await connection.ReadChunkAsync();

        Encoding.UTF8.GetString(first).Should().Be("first");
        Encoding.UTF8.GetString(second).Should().Be("second");
        end.Should().BeEmpty();
    }

    [Fact]
    public async Task Echo_Http2BodyHalfSent_FirstHalfComesBackAtOnce()
    {
        await using var server = await StartAsync();
        using var content = new DuplexContent();
        using var message = new HttpRequestMessage(HttpMethod.Post, "/")
        {
            Version = new Version(2, 0),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        await content.SendAsync("first");

        using var response = await server.ClientOf(2).SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
        await using var body = await response.Content.ReadAsStreamAsync();
        var first = new byte[5];
        await body.ReadExactlyAsync(first);
        await content.SendAsync("second");
        await content.CompleteAsync();
        using var rest = new StreamReader(body);

        Encoding.UTF8.GetString(first).Should().Be("first");
        (await rest.ReadToEndAsync()).Should().Be("second");
    }

    [Fact]
    public async Task Head_WrittenLongBeforeTheBody_IsSentAhead()
    {
        await using var server = await StartAsync();
        using var connection = await RawConnection.OpenAsync(server);
        var head = "HTTP/1.1 202 Accepted\r\nX-Early: yes\r\n\r\n";

        await connection.SendAsync("POST /raw HTTP/1.1\r\nHost: guest\r\nTransfer-Encoding: chunked\r\n\r\n");
        await connection.SendAsync($"{head.Length:x}\r\n{head}\r\n");
        var early = await connection.ReadHeadAsync();
        await connection.SendAsync("4\r\nlate\r\n0\r\n\r\n");

        early.Should().StartWith("HTTP/1.1 202 Accepted\n").And.Contain("X-Early: yes\n");
        (await connection.ReadChunksAsync()).Should().Be("late");
    }

    [Fact]
    public async Task Response_GuestGoesOnAfterItsEnd_IsCompleteAtOnce()
    {
        await using var server = await new GuestServerBuilder().Map("/", TestGuests.SendBodyAsResponseAnd(TestGuests.Close + TestGuests.Loop)).StartAsync();
        using var content = new StringContent("HTTP/1.1 200 OK\r\n\r\ndone");

        using var response = await server.Client.PostAsync("/", content);

        (await response.Content.ReadAsStringAsync()).Should().Be("done");
    }

    private static Task<GuestServer> StartAsync() =>
        new GuestServerBuilder().Map("/", TestGuests.Named("echo")).Map("/raw", TestGuests.SendBodyAsResponse).StartAsync();
}
