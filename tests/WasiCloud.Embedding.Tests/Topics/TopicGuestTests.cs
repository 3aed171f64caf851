using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Tests.Hosting;
using WasiCloud.Embedding.Topics;
using Xunit;

namespace WasiCloud.Embedding.Tests.Topics;

/// <summary>Guests that run, publish and receive; the C guest <c>topic</c> exits with the errno of what failed.</summary>
#pragma warning disable CA1001 // xUnit calls DisposeAsync.
public sealed class TopicGuestTests : IAsyncLifetime
#pragma warning restore CA1001
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly CancellationTokenSource _end = new();
    private readonly List<Task> _guests = [];
    private TestHost _host = null!;
    private IGuestTopics _topics = null!;
    private GuestModule _guest = null!;

    public static TheoryData<string, Action<TopicOptions>> Invalid => new()
    {
        { nameof(TopicOptions.MaxMessageBytes), options => options.MaxMessageBytes = 0 },
        { nameof(TopicOptions.MaxMessageBytes), options => options.MaxMessageBytes = (1 << 30) + 1 },
        { nameof(TopicOptions.MaxQueuedMessages), options => options.MaxQueuedMessages = 0 },
        { nameof(TopicOptions.MaxQueuedMessages), options => options.MaxQueuedMessages = 1_000_001 },
        { nameof(TopicOptions.MaxQueuedBytes), options => options.MaxQueuedBytes = options.MaxMessageBytes - 1 },
        { nameof(TopicOptions.MaxQueuedBytes), options => options.MaxQueuedBytes = (1L << 40) + 1 },
        { nameof(TopicOptions.MaxSubscriptions), options => options.MaxSubscriptions = 0 },
        { nameof(TopicOptions.MaxSubscriptions), options => options.MaxSubscriptions = 1_000_001 },
        { nameof(TopicOptions.MaxOpenTopics), options => options.MaxOpenTopics = 0 },
        { nameof(TopicOptions.MaxOpenTopics), options => options.MaxOpenTopics = 65_537 },
    };

    public async Task InitializeAsync()
    {
        _host = new TestHost(
            options => (options.MaxConcurrentInvocations, options.ExecutionTimeout) = (100, Timeout.InfiniteTimeSpan),
            builder => builder.AddTopic("news")
                .AddTopic("work", overflow: TopicOverflow.BlockPublisher)
                .AddTopic("private", TopicAccess.None)
                .ConfigureTopics(options => (options.MaxMessageBytes, options.MaxQueuedMessages, options.MaxQueuedBytes) = (1000, 8, 4000)),
            _clock);
        _topics = _host.Services.GetRequiredService<IGuestTopics>();
        _guest = await _host.LoadGuestAsync("topic");
    }

    public async Task DisposeAsync()
    {
        await _end.CancelAsync();
        foreach (var guest in _guests) await guest.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var name in new[] { "news", "work", "private" }) TopicOf(name).SubscriberCount.Should().Be(0, "a guest that has ended subscribes no more");
        await _host.DisposeAsync();
        _end.Dispose();
    }

    [Theory]
    [InlineData("news")]
    [InlineData("work")]
    public async Task Descriptor_ForBothWays_DoesWhatPosixSays(string topic) => await RunAsync("walk", topic);

    [Fact]
    public async Task Messages_OfAGuest_AreReceivedByGuestsAndTheApplication()
    {
        var readers = Enumerable.Range(0, 4).Select(_ => Start("read", "work", "100")).ToArray();
        using var subscription = _topics.Subscribe("work");
        await SubscribedAsync("work", 5);

        var publishing = RunAsync("publish", "work", "message ", "100");

        for (var index = 0; index < 100; index++) TextOf(await subscription.ReadAsync().AsTask().WaitAsync(TestHost.Patience)).Should().Be($"message {index}");
        await publishing;
        foreach (var reader in readers) (await reader).Should().Equal(Enumerable.Range(0, 100).Select(index => $"message {index}"));
    }

    [Fact]
    public async Task Messages_OfTheApplication_AreReceivedByGuests()
    {
        var reader = Start("read", "news", "2");
        await SubscribedAsync("news", 1);

        await _topics.PublishAsync("news", "one"u8.ToArray());
        await _topics.PublishAsync("news", "two"u8.ToArray());

        (await reader).Should().Equal("one", "two");
    }

    [Fact]
    public async Task Guests_ThatAllPublishAndReceive_SeeTheSameOrder()
    {
        const int Count = 16;
        const int MessagesOfEach = 20;
        var all = $"{Count * MessagesOfEach}";
        var guests = Enumerable.Range(0, Count).Select(index => Start("crowd", "work", $"{(char)('a' + index)}", $"{MessagesOfEach}", all)).ToArray();
        await SubscribedAsync("work", Count);

        await _topics.PublishAsync("work", "go"u8.ToArray());

        var received = await Task.WhenAll(guests).WaitAsync(TestHost.Patience);
        foreach (var messages in received) messages.Should().Equal(received[0]);
        received[0].GroupBy(text => text[0])
            .Should().HaveCount(Count).And.OnlyContain(own => own.SequenceEqual(Enumerable.Range(0, MessagesOfEach).Select(number => $"{own.Key}{number}")));
    }

    [Fact]
    public async Task Reader_ThatStaysBehind_IsToldWhatItLost()
    {
        using var paused = new PausedOutput();
        var reader = Start(new InvocationRequest { Arguments = ["read", "news", "9"], StandardOutput = paused.Writer });
        await SubscribedAsync("news", 1);
        await _topics.PublishAsync("news", "first"u8.ToArray());
        await paused.Written.WaitAsync(TestHost.Patience);

        await RunAsync("publish", "news", "", "20");
        paused.Continue();

        await reader;

        // It can take one more before it waits to write; when it does so depends on the threads.
        var lines = paused.Lines;
        lines[0].Should().Be("first");
        var (next, lost) = (0, 0);
        foreach (var line in lines.Skip(1))
        {
            if (line.StartsWith("lost ", StringComparison.Ordinal))
            {
                var told = int.Parse(line.AsSpan("lost ".Length), CultureInfo.InvariantCulture);
                (next, lost) = (next + told - lost, told);
            }
            else
            {
                int.Parse(line, CultureInfo.InvariantCulture).Should().Be(next++, "what is missing was told before");
            }
        }

        lost.Should().BeInRange(11, 12, "8 of 20 fit, and one may have been taken");
        lines.Count(line => !line.StartsWith("lost ", StringComparison.Ordinal)).Should().Be(9);
    }

    [Fact]
    public async Task Publisher_WithoutRoom_WaitsAndIsEndedByItsCancellation()
    {
        using var kill = new CancellationTokenSource();
        using var subscription = _topics.Subscribe("work");
        var flood = Start(new InvocationRequest { Arguments = ["flood", "work", "1000"] }, kill.Token);
        await WaitingAsync("work", 1);

        await kill.CancelAsync();

        await FluentActions.Awaiting(() => flood).Should().ThrowAsync<OperationCanceledException>();
        TopicOf("work").WaitingPublishers.Should().Be(0);
        for (var index = 0; index < 4; index++) (await subscription.ReadAsync()).Payload.Length.Should().Be(1000);
        await _topics.PublishAsync("work", "next"u8.ToArray());
        TextOf(await subscription.ReadAsync()).Should().Be("next", "of the message that waited, nothing was published");
    }

    [Fact]
    public async Task Flood_OfATopicThatLosesMessages_HoldsNoMoreThanItsLimits()
    {
        using var kill = new CancellationTokenSource();
        using var subscription = _topics.Subscribe("news");
        var flood = Start(new InvocationRequest { Arguments = ["flood", "news", "1000"] }, kill.Token);
        var lost = 0L;
        while (lost < 1000) lost += (await subscription.ReadAsync().AsTask().WaitAsync(TestHost.Patience)).Lost;

        await kill.CancelAsync();

        await FluentActions.Awaiting(() => flood).Should().ThrowAsync<OperationCanceledException>();
        await _topics.PublishAsync("news", "end"u8.ToArray());
        var waited = 0;
        while (TextOf(await subscription.ReadAsync().AsTask().WaitAsync(TestHost.Patience)) != "end") waited++;
        waited.Should().BeInRange(0, 4, "4,000 bytes wait at most");
    }

    [Fact]
    public async Task Guest_ThatPublishesToItself_IsToldThatNobodyWouldRead() => (await ExitCodeAsync("full", "work")).Should().Be((int)Errno.DeadLk);

    [Fact]
    public async Task Message_ThatIsTooLarge_IsMsgSize() => (await ExitCodeAsync("flood", "news", "1001")).Should().Be((int)Errno.MsgSize);

    [Fact]
    public async Task Reader_ThatIsKilled_IsNoSubscriberAnyMore()
    {
        using var kill = new CancellationTokenSource();
        var hang = Start(new InvocationRequest { Arguments = ["hang", "work"] }, kill.Token);
        await SubscribedAsync("work", 1);
        var publishing = Start("publish", "work", "x", "20");
        await WaitingAsync("work", 1);

        await kill.CancelAsync();

        await FluentActions.Awaiting(() => hang).Should().ThrowAsync<OperationCanceledException>();
        await publishing.WaitAsync(TestHost.Patience);
    }

    [Fact]
    public async Task Daemon_ThatIsStopped_ReadsTheEnd()
    {
        await using var daemon =
            _host.Host.StartDaemon(_guest, "reader", new GuestDaemonOptions { Arguments = ["read", "news"], GracePeriod = TimeSpan.FromDays(1) });
        await SubscribedAsync("news", 1);
        await _topics.PublishAsync("news", "x"u8.ToArray());

        await daemon.StopAsync().WaitAsync(TestHost.Patience);

        TopicOf("news").SubscriberCount.Should().Be(0);
        daemon.LastFailure.Should().BeNull();
    }

    [Fact]
    public async Task Topic_IsForGuestsThatAreGrantedIt()
    {
        (await ExitCodeAsync("publish", "private", "x", "1")).Should().Be((int)Errno.NoEnt);
        var reader = Start(new InvocationRequest
        {
            Arguments = ["read", "private", "1"],
            Policy = GuestPolicy.Parse("/beta/topic/private r")
        });
        await SubscribedAsync("private", 1);
        var publish = new InvocationRequest
        {
            Arguments = ["publish", "private", "x", "1"],
            Policy = GuestPolicy.Parse("/beta/topic/private r")
        };
        (await ExitCodeAsync(publish)).Should().Be((int)Errno.Access);

        await _host.RunAsync(
            _guest, new InvocationRequest { Arguments = publish.Arguments, Policy = GuestPolicy.Parse("/beta/topic/private w") });

        (await reader).Should().Equal("x");
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData(".lost")]
    public void Name_ThatIsNoPathComponent_IsRefused(string name) =>
        FluentActions.Invoking(() => new ServiceCollection().AddWasiCloud().AddTopic(name)).Should().Throw<ArgumentException>();

    [Theory]
    [MemberData(nameof(Invalid))]
    public async Task Option_OutOfItsRange_FailsAtStartUp(string option, Action<TopicOptions> configure)
    {
        var services = new ServiceCollection();
        services.AddWasiCloud().AddTopic("news").ConfigureTopics(configure);
        await using var provider = services.BuildServiceProvider();

        provider.GetRequiredService<IStartupValidator>().Invoking(it => it.Validate()).Should().Throw<OptionsValidationException>().WithMessage($"*{option}*");
    }

    private static string TextOf(TopicMessage message) => Encoding.UTF8.GetString(message.Payload.Span);

    private Topic TopicOf(string name) => _host.Services.GetRequiredService<TopicSet>().Find(name)!;

    private Task SubscribedAsync(string topic, int count) => TestHost.UntilAsync(() => TopicOf(topic).SubscriberCount >= count);

    private Task WaitingAsync(string topic, int count) => TestHost.UntilAsync(() => TopicOf(topic).WaitingPublishers >= count);

    private Task<string[]> Start(params string[] arguments) => Start(TestHost.WithArguments(arguments));

    private Task<string[]> Start(InvocationRequest request, CancellationToken cancellationToken = default)
    {
        var run = Task.Run(
            async () =>
            {
                using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _end.Token);
                using var output = new MemoryStream();
                var standardOutput = request.StandardOutput ?? PipeWriter.Create(output);
                await _host.RunAsync(_guest, request with { StandardOutput = standardOutput }, end.Token);
                return Encoding.UTF8.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            },
            CancellationToken.None);
        _guests.Add(run);
        return run;
    }

    private Task<InvocationCompletion> RunAsync(params string[] arguments) =>
        _host.RunAsync(_guest, TestHost.WithArguments(arguments)).WaitAsync(TestHost.Patience);

    private Task<int> ExitCodeAsync(params string[] arguments) => ExitCodeAsync(TestHost.WithArguments(arguments));

    private async Task<int> ExitCodeAsync(InvocationRequest request) =>
        (await FluentActions.Awaiting(() => _host.RunAsync(_guest, request).WaitAsync(TestHost.Patience))
            .Should().ThrowAsync<GuestExitException>()).Which.ExitCode;

    /// <summary>Standard output that the guest waits for after its first line.</summary>
    private sealed class PausedOutput : IDisposable
    {
        private readonly MemoryStream _bytes = new();
        private readonly TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _continue = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public PausedOutput() => Writer = new Pausing(this);

        public PipeWriter Writer { get; }

        public Task Written => _written.Task;

        public string[] Lines => Encoding.UTF8.GetString(_bytes.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        public void Continue() => _continue.SetResult();

        public void Dispose() => _bytes.Dispose();

        private sealed class Pausing(PausedOutput output) : PipeWriter
        {
            private readonly PipeWriter _inner = Create(output._bytes);

            public override void Advance(int bytes) => _inner.Advance(bytes);

            public override Memory<byte> GetMemory(int sizeHint = 0) => _inner.GetMemory(sizeHint);

            public override Span<byte> GetSpan(int sizeHint = 0) => _inner.GetSpan(sizeHint);

            public override void CancelPendingFlush() => _inner.CancelPendingFlush();

            public override void Complete(Exception? exception = null) => _inner.Complete(exception);

            public override async ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
            {
                output._written.TrySetResult();
                await output._continue.Task;
                return await _inner.FlushAsync(cancellationToken);
            }
        }
    }
}
