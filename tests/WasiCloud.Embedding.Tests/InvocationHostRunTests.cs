using System.IO.Pipelines;
using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Tests;

public sealed class InvocationHostRunTests
{
    private const int WriteBytes = 60_000;

    // Writes 60,000 bytes to a stream as often as it is told, and then does something else.
    private static string Writer(int descriptor, int times, string then = "") => GuestText.Command(
        "test/file",
        $$"""
        (local $left i32)
        (local.set $left (i32.const {{times}}))
        (loop $again
          (if (local.get $left) (then
            (call $write_page (i32.const {{descriptor}}))
            (local.set $left (i32.sub (local.get $left) (i32.const 1)))
            (br $again))))
        {{then}}
        """,
        declarations: $$"""
        (func $write_page (param $number i32)
          (i32.store (i32.const 8) (i32.const 4096))
          (i32.store (i32.const 12) (i32.const {{WriteBytes}}))
          (call $check (call $fd_write (local.get $number) (i32.const 8) (i32.const 1) (i32.const 4))))
        """);

    [Fact]
    public async Task RunAsync_OfAProgramThatWrites_GivesCodeOutputAndError()
    {
        await using var host = new TestHost();
        var module = await host.LoadTextAsync(GuestText.Command(
            "test/file", "(call $write_to (i32.const 1)) (call $write_to (i32.const 2)) (call $write_to (i32.const 2))", text: "word\n"));

        var run = await host.Host.RunAsync(module).WaitAsync(TestHost.Patience);

        run.ExitCode.Should().Be(0);
        run.StandardOutput.Text.Should().Be("word\n");
        $"{run.StandardError}".Should().Be("word\nword\n");
        (run.StandardOutput.IsTruncated, run.StandardError.IsTruncated).Should().Be((false, false));
        host.Logs[4].Should().BeEmpty("what the result has is not logged");
    }

    [Fact]
    public async Task RunAsync_OfAProgramThatFails_GivesItsExitCodeAndWhatItWrote()
    {
        await using var host = new TestHost();
        var module = await host.LoadTextAsync(GuestText.Command("test/file", "(call $write_to (i32.const 1)) (call $exit (i32.const 7))", text: "half"));

        var run = await host.Host.RunAsync(module).WaitAsync(TestHost.Patience);

        (run.ExitCode, run.StandardOutput.Text).Should().Be((7, "half"));
    }

    [Fact]
    public async Task RunAsync_OfAProgramThatTraps_ThrowsAsInvokeAsyncDoes()
    {
        await using var host = new TestHost();
        var module = await host.LoadTextAsync(GuestText.Command("test/file", "(call $write_to (i32.const 2)) unreachable", text: "last words"));

        var failure = await host.Host.Awaiting(it => it.RunAsync(module).WaitAsync(TestHost.Patience)).Should().ThrowAsync<GuestTrapException>();

        failure.Which.StandardError.Should().Be("last words");
    }

    [Fact]
    public async Task RunAsync_OfMoreThanAPipeHolds_DoesNotStall()
    {
        await using var host = new TestHost(options => options.ExecutionTimeout = Timeout.InfiniteTimeSpan);
        var module = await host.LoadTextAsync(Writer(descriptor: 1, times: 50));

        var run = await host.Host.RunAsync(module).WaitAsync(TestHost.Patience);

        run.StandardOutput.Bytes.Length.Should().Be(50 * WriteBytes);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 59_999)]
    [InlineData(1, 60_000)]
    [InlineData(2, 119_999)]
    [InlineData(2, 120_000)]
    public async Task RunAsync_StandardOutputAtItsLimit_IsWholeOrAFailure(int times, int limit)
    {
        await using var host = new TestHost();
        var module = await host.LoadTextAsync(Writer(descriptor: 1, times));
        var options = new GuestRunOptions { MaxStandardOutputBytes = limit };

        var run = () => host.Host.RunAsync(module, options: options).WaitAsync(TestHost.Patience);

        if (times * WriteBytes <= limit) (await run()).StandardOutput.TotalBytes.Should().Be(times * WriteBytes);
        else (await run.Should().ThrowAsync<GuestLimitException>()).Which.Should()
            .Match<GuestLimitException>(it => it.Limit == GuestLimit.Output && it.Value == limit);
    }

    [Theory]
    [InlineData("(loop (br 0))")]
    [InlineData("(call $exit (i32.const 3))")]
    [InlineData("unreachable")]
    [InlineData("(loop (call $write_page (i32.const 1)) (br 0))")]
    public async Task RunAsync_StandardOutputBeyondItsLimit_EndsTheGuestWhateverItDoesThen(string then)
    {
        await using var host = new TestHost(options => options.ExecutionTimeout = Timeout.InfiniteTimeSpan);
        var module = await host.LoadTextAsync(Writer(descriptor: 1, times: 1, then: then));

        var run = () => host.Host.RunAsync(module, options: new GuestRunOptions { MaxStandardOutputBytes = 10 }).WaitAsync(TestHost.Patience);

        (await run.Should().ThrowAsync<GuestLimitException>()).Which.Limit.Should().Be(GuestLimit.Output);
    }

    [Fact]
    public async Task RunAsync_ErrorOfAGuestThatWroteTooMuch_IsInTheException()
    {
        await using var host = new TestHost();
        var module = await host.LoadTextAsync(GuestText.Command("test/file", "(call $write_to (i32.const 2)) (call $write_to (i32.const 1))", text: "why\\1b"));

        var run = () => host.Host.RunAsync(module, options: new GuestRunOptions { MaxStandardOutputBytes = 1 }).WaitAsync(TestHost.Patience);

        (await run.Should().ThrowAsync<GuestLimitException>()).Which.StandardError.Should().StartWith("why\\u{1b}");
    }

    [Fact]
    public async Task RunAsync_OfAGiBOfStandardError_KeepsTheLastBytes()
    {
        await using var host = new TestHost(options => options.ExecutionTimeout = Timeout.InfiniteTimeSpan);
        const int Times = (1 << 30) / WriteBytes;
        var module = await host.LoadTextAsync(Writer(descriptor: 2, Times, then: "(call $write_to (i32.const 2))"));

        var run = await host.Host.RunAsync(module).WaitAsync(TestHost.Patience);

        run.StandardError.TotalBytes.Should().Be(((long)Times * WriteBytes) + "text".Length);
        run.StandardError.Bytes.Length.Should().Be(64 << 10);
        run.StandardError.IsTruncated.Should().BeTrue();
        run.StandardError.Text.Should().EndWith("\0text");
    }

    [Fact]
    public async Task RunAsync_OfAGuestThatAnswers_DoesNotWaitForAReader()
    {
        await using var host = new TestHost(options =>
            (options.ExecutionTimeout, options.ResponseBufferBytes, options.MaxResponseBufferBytes) = (Timeout.InfiniteTimeSpan, 4 << 10, 0));
        var module = await host.LoadTextAsync(GuestText.Command(
            "response/body",
            "(local $left i32) (call $create) (local.set $left (i32.const 50)) (loop $again (call $write_page (global.get $descriptor)) "
                + "(local.set $left (i32.sub (local.get $left) (i32.const 1))) (br_if $again (local.get $left)))",
            declarations: """
            (func $write_page (param $number i32)
              (i32.store (i32.const 8) (i32.const 4096))
              (i32.store (i32.const 12) (i32.const 60000))
              (call $check (call $fd_write (local.get $number) (i32.const 8) (i32.const 1) (i32.const 4))))
            """));

        (await host.Host.RunAsync(module).WaitAsync(TestHost.Patience)).ExitCode.Should().Be(0);
    }

    [Fact]
    public async Task RunAsync_WithStandardInput_CanBeRepeatedWithTheSameRequest()
    {
        await using var host = new TestHost();
        var module = await host.LoadGuestAsync("fault");
        var request = new InvocationRequest { Arguments = ["readstdin"] }.WithStandardInput(new byte[100_000]);

        var runs = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => host.Host.RunAsync(module, request).WaitAsync(TestHost.Patience)));

        runs.Select(run => run.StandardOutput.Text).Should().OnlyContain(text => text == "read 100000\n");
    }

    [Fact]
    public async Task RunAsync_Cancelled_ThrowsWithTheCallersToken()
    {
        await using var host = new TestHost();
        var module = await host.LoadTextAsync(GuestText.Command("test/file", "(call $write_to (i32.const 1)) (loop (br 0))"));
        using var cancellation = new CancellationTokenSource();

        var running = host.Host.RunAsync(module, cancellationToken: cancellation.Token);
        await cancellation.CancelAsync();

        (await running.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<OperationCanceledException>())
            .Which.CancellationToken.Should().Be(cancellation.Token);
    }

    [Fact]
    public async Task RunAsync_OfALimit_ThrowsIt()
    {
        await using var host = new TestHost();
        var module = await host.LoadTextAsync(GuestText.Command("test/file", "(loop (br 0))"));

        var run = () => host.Host.RunAsync(module, new InvocationRequest { Timeout = TimeSpan.FromMilliseconds(20) }).WaitAsync(TestHost.Patience);

        (await run.Should().ThrowAsync<GuestLimitException>()).Which.Limit.Should().Be(GuestLimit.Time);
    }

    [Fact]
    public async Task RunAsync_OfARequestThatSaysWhereItWrites_IsRefusedNamingTheParameter()
    {
        await using var host = new TestHost();
        var module = await host.LoadGuestAsync("empty");
        InvocationRequest[] refused =
        [
            new() { StandardOutput = new Pipe().Writer },
            new() { StandardError = new Pipe().Writer },
            new() { Interface = GuestInterface.Cgi },
            new() { Interface = GuestInterface.Socket },
        ];

        foreach (var request in refused)
            await host.Host.Awaiting(it => it.RunAsync(module, request)).Should().ThrowAsync<ArgumentException>().WithParameterName("request");
    }

    [Fact]
    public void LastOutput_OfCutCharacters_LeavesThemOut()
    {
        var output = new LastOutput(limit: 3);
        foreach (var piece in (string[])["aé", "€", "é"]) Write(output, piece);

        output.Output.Text.Should().Be("é");
        (output.Output.Bytes.Length, output.Output.TotalBytes).Should().Be((3, 8));
    }

    [Fact]
    public void LastOutput_OfPiecesOfAnySize_IsTheEndOfAll()
    {
        var random = new Random(4711);
        for (var limit = 0; limit < 40; limit++)
        {
            var output = new LastOutput(limit);
            var all = new List<byte>();
            for (var index = 0; index < 60; index++)
            {
                var piece = new byte[random.Next(3 * (limit + 1))];
                random.NextBytes(piece);
                all.AddRange(piece);
                piece.CopyTo(output.GetSpan(piece.Length));
                output.Advance(piece.Length);
                output.Output.Bytes.ToArray().Should().Equal(all.TakeLast(limit));
            }
        }
    }

    private static void Write(LastOutput output, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        bytes.CopyTo(output.GetSpan(bytes.Length));
        output.Advance(bytes.Length);
    }
}
