using System.Globalization;
using FluentAssertions;
using WasiCloud.Embedding.Hosting;
using WasiCloud.Embedding.Pipes;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting;

/// <summary>Clients that do not read, of guests that write without end.</summary>
public sealed class SlowReaderTests
{
    private const int Clients = 120;
    private const int Budget = 4 << 20;
    private const int Most = Budget + (Clients * (ResponseBuffer.FloorBytes + ResponseBuffer.AtomicBytes));

    // A prime number of letters, so that no piece begins where another did.
    private const int TextLength = 10_007;

    [Fact]
    public async Task Responses_ThatNobodyReads_HoldWhatTheHostAllows()
    {
        await using var host = new TestHost(options =>
            (options.MaxConcurrentInvocations, options.MaxConcurrentInvocationsPerModule, options.MaxResponseBufferBytes) = (Clients, Clients, Budget));
        var budget = ((InvocationHost)host.Host).ResponseBudget;
        var module = await host.LoadTextAsync(EndlessGuest);
        var invoking = Enumerable.Range(0, Clients).Select(_ => host.Host.InvokeAsync(module, new InvocationRequest()));
        var responses = await Task.WhenAll(invoking).WaitAsync(TestHost.Patience);

        // All wait, at the latest, when each has the least that it may have.
        await TestHost.UntilAsync(() => budget.HeldBytes >= Clients * ResponseBuffer.FloorBytes);
        budget.HeldBytes.Should().BeLessThanOrEqualTo(Most);

        // Each gets what it reads, whatever the others do.
        foreach (var response in responses) await ReadAsync(response, 256 << 10);
        budget.HeldBytes.Should().BeLessThanOrEqualTo(Most);

        foreach (var response in responses[..^1]) await response.DisposeAsync();
        await ReadAsync(responses[^1], 1 << 20, first: 256 << 10);
        budget.HeldBytes.Should().BeLessThanOrEqualTo(Budget / 8, "who leaves gives back its share");
        await responses[^1].DisposeAsync();
        budget.HeldBytes.Should().Be(0);
    }

    [Fact]
    public async Task Responses_KeptAfterTheirGuests_Count()
    {
        await using var host = new TestHost(options => options.MaxResponseBufferBytes = Budget);
        var budget = ((InvocationHost)host.Host).ResponseBudget;
        var module = await host.LoadTextAsync(GuestText.Command("response/body", "(call $create) (call $write)", Text()));
        var responses = new List<InvocationResponse>();
        while (responses.Count < 20)
        {
            responses.Add(await host.Host.InvokeAsync(module, new InvocationRequest()).WaitAsync(TestHost.Patience));
            await responses[^1].Completion.WaitAsync(TestHost.Patience);
        }

        budget.HeldBytes.Should().BeInRange(20 * TextLength, 20 * 2 * TextLength);
        foreach (var response in responses)
        {
            await ReadAsync(response, TextLength);
            await response.DisposeAsync();
        }

        budget.HeldBytes.Should().Be(0);
    }

    // Writes the letters again and again, however few of them a write takes.
    private static string EndlessGuest { get; } = GuestText.Command(
        "response/body",
        string.Create(CultureInfo.InvariantCulture, $$"""
            (call $create)
            (loop $again
              (i32.store (i32.const 8) (i32.add (i32.const 2048) (global.get $done)))
              (i32.store (i32.const 12) (i32.sub (i32.const {{TextLength}}) (global.get $done)))
              (call $check (call $fd_write (global.get $descriptor) (i32.const 8) (i32.const 1) (i32.const 4)))
              (global.set $done (i32.rem_u (i32.add (global.get $done) (i32.load (i32.const 4))) (i32.const {{TextLength}})))
              (br $again))
            """),
        Text(),
        "(global $done (mut i32) (i32.const 0))");

    private static string Text() => string.Create(TextLength, 0, static (letters, _) =>
    {
        for (var index = 0; index < letters.Length; index++) letters[index] = LetterAt(index);
    });

    private static char LetterAt(long position) => (char)('a' + (position % TextLength % 26));

    private static async Task ReadAsync(InvocationResponse response, long count, long first = 0)
    {
        for (var position = first; position < first + count;)
        {
            var read = await response.Body.ReadAsync().AsTask().WaitAsync(TestHost.Patience);
            read.Buffer.IsEmpty.Should().BeFalse();
            var taken = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, first + count - position));
            foreach (var segment in taken)
            {
                var bytes = segment.ToArray();
                for (var index = 0; index < bytes.Length; index++)
                {
                    if (bytes[index] != LetterAt(position + index)) throw new InvalidDataException($"Byte {position + index} is not what the guest wrote.");
                }

                position += bytes.Length;
            }

            response.Body.AdvanceTo(taken.End);
        }
    }
}
