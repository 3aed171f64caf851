using System.IO.Pipelines;
using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Http.Exchange;
using WasiCloud.Embedding.Tests.Mounts.Nodes;
using Xunit;

namespace WasiCloud.Embedding.Tests.Http.Exchange;

public sealed class InvocationExchangeTests
{
    private readonly ExchangeFixture _fixture = new();

    private InvocationExchange Exchange => _fixture.Exchange;

    [Fact]
    public async Task GuestSucceeded_NoResponse_IsEmpty204()
    {
        Exchange.GuestSucceeded().Should().BeNull();

        _fixture.HeadText().Should().Be("204");
        (await _fixture.ReadBodyAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task GuestSucceeded_OnlyHeadPieces_SendsThemWithoutBody()
    {
        await _fixture.WriteFileAsync("response/status", "302\n");
        await _fixture.WriteFileAsync("response/headers/Location", "/x\n");

        Exchange.GuestSucceeded().Should().BeNull();

        _fixture.HeadText().Should().Be("302 location=/x Content-Length=0");
    }

    [Fact]
    public async Task GuestSucceeded_HeadPiecesAnnounceABody_IsMalformed()
    {
        await _fixture.WriteFileAsync("response/status", "200");
        await _fixture.WriteFileAsync("response/headers/content-length", "5");

        ExchangeFixture.Describe(Exchange.GuestSucceeded()).Should().Be("/response/headers/content-length:0");

        _fixture.HeadText().Should().Be("failed");
    }

    [Theory]
    [InlineData("txt")]
    [InlineData("json")]
    public async Task GuestSucceeded_FormBegunButNeverOpened_IsMalformed(string name)
    {
        // O_CREAT with O_RDONLY creates and then fails to open.
        var root = await _fixture.LookupAsync("response");
        await ((VirtualDirectory)root.Value!).CreateFileAsync(name, exclusive: false, CancellationToken.None);

        ExchangeFixture.Describe(Exchange.GuestSucceeded()).Should().Be($"/response/{name}:0");

        _fixture.HeadText().Should().Be("failed");
    }

    [Fact]
    public async Task GuestSucceeded_AfterMalformedOutput_ReturnsWhatEndedIt()
    {
        await _fixture.WriteFileAsync("response/txt", "nonsense\n");

        Exchange.GuestSucceeded().Should().BeSameAs(_fixture.Terminations.Should().ContainSingle().Subject);

        (await Exchange.Head).Should().BeNull();
        Exchange.HeadFailure.Should().BeOfType<GuestResponseException>();
        await _fixture.Awaiting(fixture => fixture.ReadBodyAsync()).Should().ThrowAsync<GuestResponseException>();
    }

    [Fact]
    public async Task GuestFailed_BeforeTheHead_FailsHeadAndBody()
    {
        Exchange.GuestFailed(new TimeoutException());

        (await Exchange.Head).Should().BeNull();
        Exchange.HeadFailure.Should().BeOfType<TimeoutException>();
        await _fixture.Awaiting(fixture => fixture.ReadBodyAsync()).Should().ThrowAsync<TimeoutException>();
    }

    [Fact]
    public async Task GuestFailed_WithinTheBody_BodyNeverLooksComplete()
    {
        (await _fixture.OpenAsync("response/body")).TryGet(out var handle);
        await HandleCalls.WriteAllAsync(handle!, "half"u8.ToArray());
        await handle!.CloseAsync(CloseReason.Abandoned, CancellationToken.None);

        Exchange.GuestFailed(new TimeoutException());

        _fixture.HeadText().Should().Be("200");
        await _fixture.Awaiting(fixture => fixture.ReadBodyAsync()).Should().ThrowAsync<TimeoutException>();
    }

    [Fact]
    public async Task GuestFailed_AfterTheResponse_LeavesItComplete()
    {
        await _fixture.WriteFileAsync("response/body", "done");

        Exchange.GuestFailed(new TimeoutException());

        (await _fixture.ReadBodyAsync()).Should().Be("done");
    }

    [Theory]
    [InlineData("txt", "HTTP/1.1 200 OK\n\nx")]
    [InlineData("body", "x")]
    [InlineData("json", "{}")]
    public async Task ResponseAbandoned_NextWrite_IsPipe(string name, string output)
    {
        Exchange.ResponseAbandoned();

        (await _fixture.WriteFileAsync("response/" + name, output)).Should().Be(Errno.Pipe);
        Exchange.GuestSucceeded().Should().BeNull("what nobody read is not the guest's mistake");
        _fixture.Failure().Should().Be("none");
        _fixture.HeadText().Should().NotBe("none", "nobody may wait for the head for ever");
    }

    [Fact]
    public async Task ResponseBody_ReaderCompletes_NextWriteIsPipe()
    {
        (await _fixture.OpenAsync("response/body")).TryGet(out var handle);
        await HandleCalls.WriteAllAsync(handle!, "x"u8.ToArray());
        await Exchange.ResponseBody.CompleteAsync();

        (await HandleCalls.WriteAllAsync(handle!, "y"u8.ToArray())).Should().Be(Errno.Pipe);
    }

    [Fact]
    public async Task Head_Continuations_DoNotRunOnTheGuestsStack()
    {
        var guestThread = 0;
        var continuationThread = Exchange.Head.AsTask().ContinueWith(
            _ => Environment.CurrentManagedThreadId, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        (await _fixture.OpenAsync("response/body")).TryGet(out var handle);
        var guest = new Thread(() =>
        {
            guestThread = Environment.CurrentManagedThreadId;
            HandleCalls.TryWrite(handle!, "x"u8, out _);
        });
        guest.Start();
        guest.Join();

        (await continuationThread).Should().NotBe(guestThread);
    }

    [Fact]
    public async Task Bytes_RequestAndResponse_AreCounted()
    {
        var fixture = new ExchangeFixture(new InvocationRequest { Body = PipeReader.Create(new MemoryStream(new byte[100])) });
        (await fixture.OpenAsync("request/body", 'r')).TryGet(out var handle);
        await HandleCalls.ReadAsync(handle!, new byte[30]);
        await fixture.WriteFileAsync("response/txt", "HTTP/1.1 200 OK\n\n12345");

        fixture.Exchange.RequestBytes.Should().Be(30);
        fixture.Exchange.ResponseBytes.Should().Be(5);
    }

    [Fact]
    public void Constructor_LengthWithoutBody_Throws()
    {
        var create = () => new ExchangeFixture(new InvocationRequest { ContentLength = 1 });

        create.Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Constructor_NegativeLength_Throws()
    {
        var create = () => new ExchangeFixture(new InvocationRequest { ContentLength = -1 });

        create.Should().Throw<ArgumentOutOfRangeException>();
    }
}
