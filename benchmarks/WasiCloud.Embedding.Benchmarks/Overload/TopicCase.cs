using System.Buffers.Binary;
using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.Topics;

namespace WasiCloud.Embedding.Benchmarks.Overload;

/// <summary>
/// Messages that eight guests subscribe to. Each computes for about 0.1 ms and publishes on another topic that it has; a message is good when all have in time.
/// Publishers wait: from a topic that drops the oldest, subscribers that are behind each lose different messages, and few come to all of them.
/// </summary>
internal sealed class TopicCase() : WorkCase("topics", 430_000)
{
    private const string Work = "work";
    private const string Done = "done";
    private const int Subscribers = 8;

    private readonly ConcurrentDictionary<long, Waiting> _waiting = new();
    private readonly CancellationTokenSource _end = new();
    private long _lastId;
    private IGuestTopics _topics = null!;
    private Task[] _tasks = [];

    protected override void Configure(IWasiCloudBuilder builder) =>
        builder.AddTopic(Work, overflow: TopicOverflow.BlockPublisher).AddTopic(Done, overflow: TopicOverflow.BlockPublisher);

    protected override async Task BeginAsync()
    {
        _topics = Host.Services.GetRequiredService<IGuestTopics>();
        var subscription = _topics.Subscribe(Done);
        _tasks =
        [
            Task.Run(() => ReceiveAsync(subscription)),
            .. Enumerable.Range(0, Subscribers).Select(_ => Task.Run(() => ServeAsync())),
        ];

        // Until all are there.
        while (true)
        {
            using var patience = new CancellationTokenSource(OpenLoop.Patience);
            if (await AskAsync(patience.Token) == Answer.Good) return;
            await Task.Delay(10);
        }
    }

    protected override async Task EndAsync()
    {
        await _end.CancelAsync();
        await Task.WhenAll(_tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    protected override async Task<Answer> AskAsync(CancellationToken cancellationToken)
    {
        var (id, message, waiting) = (Interlocked.Increment(ref _lastId), new byte[sizeof(long)], new Waiting());
        BinaryPrimitives.WriteInt64LittleEndian(message, id);
        _waiting[id] = waiting;
        try
        {
            var answer = await Answers.OfAsync(_topics.PublishAsync(Work, message, cancellationToken).AsTask());
            return answer == Answer.Good ? await Answers.OfAsync(waiting.Task.WaitAsync(cancellationToken)) : answer;
        }
        finally
        {
            _waiting.TryRemove(id, out _);
        }
    }

    private async Task ServeAsync()
    {
        await using var response = await Host.Host.InvokeAsync(Module, new InvocationRequest { Arguments = [Steps, "topic", Work, Done] }, _end.Token);
        await response.Completion;
    }

    private async Task ReceiveAsync(TopicSubscription subscription)
    {
        using (subscription)
        {
            await foreach (var message in subscription.ReadAllAsync(_end.Token))
            {
                if (_waiting.TryGetValue(BinaryPrimitives.ReadInt64LittleEndian(message.Payload.Span), out var waiting)) waiting.Count();
            }
        }
    }

    private sealed class Waiting() : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        private int _count;

        public void Count()
        {
            if (Interlocked.Increment(ref _count) == Subscribers) TrySetResult();
        }
    }
}
