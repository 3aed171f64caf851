using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Tests;

/// <summary>Bodies that are given and read as a whole; the C guest <c>echo</c> answers with the request's body and content type.</summary>
public sealed partial class InvocationBodyTests
{
    [Fact]
    public async Task Body_OfText_GoesThereAndBack()
    {
        await using var host = new TestHost();
        var request = new InvocationRequest { Method = "POST" }.WithBody("grüße");

        var (text, type) = await EchoAsync(host, request);

        (text, type).Should().Be(("grüße", "text/plain; charset=utf-8"));
        request.ContentLength.Should().Be(7);
    }

    [Fact]
    public async Task Body_OfBytes_GoesThereAndBack()
    {
        await using var host = new TestHost();
        var bytes = new byte[1_000_000];
        new Random(4711).NextBytes(bytes);

        await using var response = await InvokeAsync(host, new InvocationRequest().WithBody(bytes));

        response.Headers.GetValue("content-type").Should().Be("application/octet-stream");
        (await response.ReadAsBytesAsync()).Should().Equal(bytes);
    }

    [Fact]
    public async Task Body_OfJson_GoesThereAndBack()
    {
        await using var host = new TestHost();
        var point = new Point(1, "Ä");

        await using var generated = await InvokeAsync(host, new InvocationRequest().WithJsonBody(point, BodyJson.Default.Point));
        await using var reflected = await InvokeAsync(host, new InvocationRequest().WithJsonBody(point));
        await using var text = await InvokeAsync(host, new InvocationRequest().WithJsonBody(point));

        generated.Headers.GetValue("content-type").Should().Be("application/json");
        (await generated.ReadFromJsonAsync(BodyJson.Default.Point)).Should().Be(point);
        (await reflected.ReadFromJsonAsync<Point>()).Should().Be(point);
        (await text.ReadAsStringAsync()).Should().StartWith("""{"x":1,""");
    }

    [Theory]
    [InlineData(null, null, "text/plain; charset=utf-8")]
    [InlineData("text/html", null, "text/html")]
    [InlineData(null, "text/html", "text/html")]
    [InlineData("text/html", "text/css", "text/css")]
    public void Body_ContentType_IsTheOneGiven(string? header, string? given, string expected)
    {
        var request = new InvocationRequest();
        request.Headers.Add("X-First", "1");
        if (header is not null) request.Headers.Add("content-type", header);
        request.Headers.Add("X-Last", "2");

        var changed = request.WithBody("text", given);

        changed.Headers.GetValues("Content-Type").Should().Equal(expected);
        changed.Headers.GetValues("x-first").Concat(changed.Headers.GetValues("x-last")).Should().Equal("1", "2");
        request.Headers.GetValue("content-type").Should().Be(header, "the request that it was made of is not changed");
    }

    [Fact]
    public void Body_ContentTypeThatWouldInjectAField_IsRefused() =>
        FluentActions.Invoking(() => new InvocationRequest().WithBody("x", "text/plain\r\nX: y")).Should().Throw<ArgumentException>();

    [Fact]
    public async Task Body_OfOneRequest_IsReadByEveryGuestThatGetsIt()
    {
        await using var host = new TestHost();
        var request = new InvocationRequest().WithBody("again");

        var texts = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => EchoAsync(host, request)));

        texts.Select(answer => answer.Text).Should().OnlyContain(text => text == "again");
    }

    [Fact]
    public async Task Body_OfNothing_IsABodyOfLengthZero()
    {
        await using var host = new TestHost();

        (await EchoAsync(host, new InvocationRequest().WithBody(string.Empty))).Text.Should().BeEmpty();
    }

    [Theory]
    [InlineData("text/plain; charset=iso-8859-1", new byte[] { 0x67, 0xFC }, "gü")]
    [InlineData("text/plain; charset=\"ISO-8859-1\"", new byte[] { 0xFC }, "ü")]
    [InlineData("text/plain; charset=utf-16", new byte[] { 0x41, 0x00 }, "A")]
    [InlineData("text/plain; charset=utf-8", new byte[] { 0xEF, 0xBB, 0xBF, 0x41 }, "A")]
    [InlineData("text/plain", new byte[] { 0xEF, 0xBB, 0xBF, 0x41 }, "A")]
    [InlineData("text/plain", new byte[] { 0xFF, 0xFE, 0x41, 0x00 }, "A")]
    [InlineData("text/plain", new byte[] { 0xFE, 0xFF, 0x00, 0x41 }, "A")]
    [InlineData("text/plain", new byte[] { 0xFF, 0xFE, 0x00, 0x00, 0x41, 0x00, 0x00, 0x00 }, "A")]
    [InlineData("text/plain", new byte[] { 0x41, 0xFF }, "A\uFFFD")]
    [InlineData("no type at all", new byte[] { 0xC3, 0xBC }, "ü")]
    [InlineData("text/plain; charset=", new byte[] { 0xC3, 0xBC }, "ü")]
    public async Task ReadAsString_OfEachCharset_DecodesIt(string type, byte[] bytes, string expected)
    {
        await using var host = new TestHost();

        (await EchoAsync(host, new InvocationRequest().WithBody(bytes, type))).Text.Should().Be(expected);
    }

    [Theory]
    [InlineData("application/json", new byte[] { 0xEF, 0xBB, 0xBF, 0x31 })]
    [InlineData("application/json; charset=utf-16le", new byte[] { 0x31, 0x00 })]
    [InlineData("application/json", new byte[] { 0xFE, 0xFF, 0x00, 0x31 })]
    public async Task ReadFromJson_OfEachCharset_DecodesIt(string type, byte[] bytes)
    {
        await using var host = new TestHost();
        await using var response = await InvokeAsync(host, new InvocationRequest().WithBody(bytes, type));

        (await response.ReadFromJsonAsync(BodyJson.Default.Int32)).Should().Be(1);
    }

    [Theory]
    [InlineData("no-such-charset")]
    [InlineData("utf-7")]
    public async Task ReadAsString_OfACharsetThatIsNotKnown_SaysSo(string charset)
    {
        await using var host = new TestHost();
        await using var response = await InvokeAsync(host, new InvocationRequest().WithBody("x"u8.ToArray(), "text/plain; charset=" + charset));

        await response.Awaiting(it => it.ReadAsStringAsync().AsTask()).Should().ThrowAsync<GuestResponseException>().WithMessage($"*{charset}*");
        (await response.ReadAsBytesAsync()).Should().Equal("x"u8.ToArray());
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("1 2")]
    [InlineData("\"text\"")]
    public async Task ReadFromJson_OfWhatIsNotThatValue_Throws(string body)
    {
        await using var host = new TestHost();
        await using var response = await InvokeAsync(host, new InvocationRequest().WithBody(body));

        await response.Awaiting(it => it.ReadFromJsonAsync(BodyJson.Default.Int32).AsTask()).Should().ThrowAsync<JsonException>();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(99_999)]
    [InlineData(100_000)]
    public async Task Read_OfMoreThanIsToBeHeld_IsALimit(int maxBytes)
    {
        await using var host = new TestHost();
        await using var response = await InvokeAsync(host, new InvocationRequest().WithBody(new byte[100_000]));

        var read = () => response.ReadAsBytesAsync(maxBytes).AsTask();

        if (maxBytes == 100_000) (await read()).Should().HaveCount(maxBytes);
        else (await read.Should().ThrowAsync<GuestLimitException>()).Which.Should()
            .Match<GuestLimitException>(it => it.Limit == GuestLimit.Output && it.Value == maxBytes);
    }

    [Fact]
    public async Task Read_OfAResponseWithoutEnd_HoldsNoMoreThanIsSaid()
    {
        await using var host = new TestHost(options => options.ExecutionTimeout = Timeout.InfiniteTimeSpan);
        var module = await host.LoadGuestAsync("fault");
        await using var response = await host.Host.InvokeAsync(module, TestHost.WithArguments("flood")).WaitAsync(TestHost.Patience);

        await response.Awaiting(it => it.ReadAsStringAsync().AsTask()).Should().ThrowAsync<GuestLimitException>();
    }

    [Fact]
    public async Task Read_OfAGuestThatFailsOnTheWay_Throws()
    {
        await using var host = new TestHost();
        var module = await host.LoadTextAsync(GuestText.Command("response/body", "(call $create) (call $write) unreachable", "[1,"));
        Func<InvocationResponse, Task>[] reads =
            [it => it.ReadAsStringAsync().AsTask(), it => it.ReadAsBytesAsync().AsTask(), it => it.ReadFromJsonAsync<int[]>().AsTask()];
        foreach (var read in reads)
        {
            await using var response = await host.Host.InvokeAsync(module, new InvocationRequest()).WaitAsync(TestHost.Patience);

            await response.Awaiting(read).Should().ThrowAsync<GuestTrapException>();
        }
    }

    [Fact]
    public async Task Read_ASecondTime_IsMisuse()
    {
        await using var host = new TestHost();
        await using var response = await InvokeAsync(host, new InvocationRequest().WithBody("once"));
        await response.ReadAsStringAsync();

        await response.Awaiting(it => it.ReadAsStringAsync().AsTask()).Should().ThrowAsync<InvalidOperationException>().WithMessage("*read already*");
        await response.Awaiting(it => it.ReadAsBytesAsync().AsTask()).Should().ThrowAsync<InvalidOperationException>();
        await response.Awaiting(it => it.ReadFromJsonAsync<int>().AsTask()).Should().ThrowAsync<InvalidOperationException>();
    }

    [Fact]
    public async Task Read_OfADisposedResponse_IsMisuse()
    {
        await using var host = new TestHost();
        var response = await InvokeAsync(host, new InvocationRequest().WithBody("gone"));
        await response.DisposeAsync();

        await response.Awaiting(it => it.ReadAsStringAsync().AsTask()).Should().ThrowAsync<ObjectDisposedException>();
    }

    [Fact]
    public async Task Read_Cancelled_EndsTheReadingOnly()
    {
        await using var host = new TestHost();
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync("the first"u8.ToArray());
        await using var response = await InvokeAsync(host, new InvocationRequest { Body = pipe.Reader });
        using var cancellation = new CancellationTokenSource();

        var reading = response.ReadAsStringAsync(cancellationToken: cancellation.Token).AsTask();
        await cancellation.CancelAsync();

        await reading.Awaiting(it => it).Should().ThrowAsync<OperationCanceledException>();
        response.Completion.IsCompleted.Should().BeFalse();
    }

    [Fact]
    public async Task Body_ForADaemon_IsReadByIt()
    {
        await using var host = new TestHost(build: builder => builder.AddDaemonHttpFiles());
        var options = new GuestDaemonOptions { Interface = GuestInterface.Files };
        await using var daemon = host.Host.StartDaemon(await host.LoadGuestAsync("http_files"), "files", options);
        var request = new InvocationRequest { Method = "POST", Target = "/echo" }.WithBody("to a daemon");

        for (var time = 0; time < 2; time++)
        {
            await using var response = await daemon.InvokeAsync(request).WaitAsync(TestHost.Patience);
            (await response.ReadAsStringAsync()).Should().Contain("to a daemon");
        }
    }

    private static async Task<InvocationResponse> InvokeAsync(TestHost host, InvocationRequest request) =>
        await host.Host.InvokeAsync(await host.LoadGuestAsync("echo"), request).WaitAsync(TestHost.Patience);

    private static async Task<(string Text, string? ContentType)> EchoAsync(TestHost host, InvocationRequest request)
    {
        await using var response = await InvokeAsync(host, request);
        return (await response.ReadAsStringAsync(), response.Headers.GetValue("Content-Type"));
    }

    private sealed record Point(int X, string Name);

    [JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
    [JsonSerializable(typeof(Point))]
    [JsonSerializable(typeof(int))]
    private sealed partial class BodyJson : JsonSerializerContext;
}
