using System.Buffers;
using System.Runtime.CompilerServices;
using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Http.Exchange;
using WasiCloud.Embedding.Pipes;
using WasiCloud.Embedding.Tests.Http.Exchange;
using WasiCloud.Embedding.Tests.Mounts.Nodes;
using Xunit;

namespace WasiCloud.Embedding.Tests.Pipes;

/// <summary>What responses hold while nobody reads them, as guests write them.</summary>
public sealed class ResponseBufferTests
{
    private const int Window = 256 << 10;
    private const int Each = ResponseBuffer.FloorBytes + ResponseBuffer.AtomicBytes;

    public static TheoryData<int> WriteSizes { get; } = [1 << 20, 65_537, 10_007, 100];

    [Theory]
    [MemberData(nameof(WriteSizes))]
    public async Task Write_ToManyResponsesThatNobodyReads_HoldsNoMoreThanTheBudget(int size)
    {
        const int Responses = 300;
        const int Most = (8 << 20) + (Responses * Each);
        var budget = new ResponseBudget(8 << 20);
        var responses = await CreateAsync(budget, Responses);

        foreach (var response in responses) response.Fill(size);
        budget.HeldBytes.Should().BeInRange(4 << 20, Most);
        var first = responses[0].Written;
        responses[^1].Written.Should().BeGreaterThanOrEqualTo(ResponseBuffer.FloorBytes, "the last need not wait for the others' readers");

        // Each goes on when its own reader does, however much the others hold.
        foreach (var response in responses)
        {
            (await response.ReadAllAsync()).Should().Be(response.Written);
            response.Fill(size);
            budget.HeldBytes.Should().BeLessThanOrEqualTo(Most);
        }

        responses[0].Written.Should().BeLessThan(first * 2L, "the first had more when it was alone");
        foreach (var response in responses) response.Leave();
        budget.HeldBytes.Should().Be(0);
    }

    [Theory]
    [MemberData(nameof(WriteSizes))]
    public async Task Write_WithoutABudget_HoldsTheFloorOfEach(int size)
    {
        const int Responses = 50;
        var budget = new ResponseBudget(0);
        var responses = await CreateAsync(budget, Responses);

        foreach (var response in responses)
        {
            response.Fill(size);
            response.Written.Should().BeGreaterThanOrEqualTo(ResponseBuffer.FloorBytes);
        }

        budget.HeldBytes.Should().BeLessThanOrEqualTo(Responses * Each);
        foreach (var response in responses) (await response.ReadAllAsync()).Should().Be(response.Written);
        budget.HeldBytes.Should().Be(0);
    }

    [Fact]
    public async Task Write_AloneInABudget_HoldsItsOwnLimit()
    {
        var budget = new ResponseBudget(long.MaxValue);
        var response = (await CreateAsync(budget, 1))[0];

        response.Fill(10_007);

        response.Written.Should().BeInRange(Window - ResponseBuffer.AtomicBytes, Window + ResponseBuffer.AtomicBytes);
        budget.HeldBytes.Should().BeInRange(Window, Window + ResponseBuffer.AtomicBytes);
    }

    [Fact]
    public async Task Write_SmallAndTheWindowNearlyFull_IsNotShort()
    {
        var response = (await CreateAsync(new ResponseBudget(0), 1))[0];

        for (var calls = 0; calls < 1_000 && response.TryWrite(1_000, out var count); calls++) count.Should().Be(1_000);
    }

    [Fact]
    public async Task Read_ThatExaminesAndDoesNotConsume_GetsMore()
    {
        var budget = new ResponseBudget(0);
        var response = (await CreateAsync(budget, 1))[0];
        var reading = response.Exchange.ResponseBody.ReadAtLeastAsync(1 << 20).AsTask();

        while (!reading.IsCompleted)
        {
            var waiting = response.Handle.WriteAsync(new ReadOnlySequence<byte>(new byte[10_007]), 0, CancellationToken.None).AsTask();
            await Task.WhenAny(reading, waiting);
        }

        var read = await reading;
        read.Buffer.Length.Should().BeGreaterThanOrEqualTo(1 << 20);
        budget.HeldBytes.Should().BeGreaterThanOrEqualTo(1 << 20, "it counts");
        response.Exchange.ResponseBody.AdvanceTo(read.Buffer.End);
    }

    [Fact]
    public async Task Read_WhileTheGuestWaits_LetsItGoOn()
    {
        var response = (await CreateAsync(new ResponseBudget(0), 1))[0];
        response.Fill(10_007);
        var waiting = response.Handle.WriteAsync(new ReadOnlySequence<byte>(new byte[100]), 0, CancellationToken.None).AsTask();
        waiting.IsCompleted.Should().BeFalse();

        await response.ReadAllAsync();

        (await waiting).Value.Should().Be(100);
    }

    [Fact]
    public async Task Complete_OfTheReaderWhileTheGuestWaits_IsPipeAndHoldsNothing()
    {
        var budget = new ResponseBudget(0);
        var response = (await CreateAsync(budget, 1))[0];
        response.Fill(10_007);
        var waiting = response.Handle.WriteAsync(new ReadOnlySequence<byte>(new byte[100]), 0, CancellationToken.None).AsTask();

        await response.Exchange.ResponseBody.CompleteAsync();

        (await waiting).Error.Should().Be(Errno.Pipe);
        budget.HeldBytes.Should().Be(0);
    }

    [Fact]
    public async Task GuestSucceeded_ResponseNotRead_CountsUntilItIs()
    {
        var budget = new ResponseBudget(1 << 20);
        var response = (await CreateAsync(budget, 1))[0];
        response.TryWrite(10_007, out _);
        await response.Handle.CloseAsync(CloseReason.Closed, CancellationToken.None);
        response.Exchange.GuestSucceeded().Should().BeNull();

        budget.HeldBytes.Should().BeGreaterThanOrEqualTo(10_007);
        (await response.ReadAllAsync()).Should().Be(10_007);
        await response.Exchange.ResponseBody.CompleteAsync();

        budget.HeldBytes.Should().Be(0);
        response.Exchange.TryReset().Should().BeTrue();
    }

    [Fact]
    public void Response_ThatNobodyDisposes_GivesBackItsShare()
    {
        var budget = new ResponseBudget(1 << 20);
        Forget(budget);
        budget.HeldBytes.Should().BeGreaterThan(0);

        GC.Collect();
        GC.WaitForPendingFinalizers();

        budget.HeldBytes.Should().Be(0);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Forget(ResponseBudget budget)
    {
        var response = Response.Create(budget);
        response.Exchange.Pieces.Fix(200, bodyLength: null);
        response.Exchange.Response.Write(new byte[10_007], "body", 0);
        response.Exchange.Response.Sink.Flush();
    }

    private static async Task<List<Response>> CreateAsync(ResponseBudget budget, int count)
    {
        var responses = new List<Response>();
        while (responses.Count < count)
        {
            var response = Response.Create(budget);
            await response.OpenAsync();
            responses.Add(response);
        }

        return responses;
    }

    private sealed class Response(ExchangeFixture fixture)
    {
        private static readonly byte[] Zeros = new byte[1 << 20];

        private long _read;

        public InvocationExchange Exchange => fixture.Exchange;

        public FileHandle Handle { get; private set; } = null!;

        public long Written { get; private set; }

        public static Response Create(ResponseBudget budget) =>
            new(new ExchangeFixture(limits: new ExchangeLimits(long.MaxValue, 512, 256, Window) { Budget = budget }));

        public async Task OpenAsync() => Handle = (await fixture.OpenAsync("response/body")).Value!;

        public bool TryWrite(int size, out int count)
        {
            count = 0;
            if (!HandleCalls.TryWrite(Handle, Zeros.AsSpan(0, size), out var result)) return false;
            result.Error.Should().Be(Errno.Success);
            count = result.Value;
            Written += count;
            return true;
        }

        public void Fill(int size)
        {
            while (TryWrite(size, out var count)) count.Should().BePositive();
        }

        /// <summary>Reads what is there.</summary>
        /// <returns>What is read by now.</returns>
        public async Task<long> ReadAllAsync()
        {
            var read = await Exchange.ResponseBody.ReadAsync();
            _read += read.Buffer.Length;
            Exchange.ResponseBody.AdvanceTo(read.Buffer.End);
            return _read;
        }

        public void Leave()
        {
            Exchange.ResponseBody.Complete();
            Exchange.GuestFailed(new TimeoutException());
        }
    }
}
