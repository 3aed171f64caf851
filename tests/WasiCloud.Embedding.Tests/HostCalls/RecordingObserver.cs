using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using WasiCloud.Embedding.Engine.Execution;
using WasiCloud.Embedding.HostCalls;
using WasiCloud.Embedding.Tests.Hosting;

namespace WasiCloud.Embedding.Tests.HostCalls;

/// <summary>Writes down what an observer is told, and whether it is told as it must be: by one thread at a time, in order, and never on a fiber.</summary>
internal class RecordingObserver : HostCallObserver
{
    private readonly ConcurrentQueue<string> _events = [];
    private readonly ConcurrentQueue<byte[]> _written = [];
    private readonly TaskCompletionSource _waits = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _isInside;
    private long _begun;
    private long _ended;

    /// <summary>Whether each call is written down, or only counted.</summary>
    public bool KeepsText { get; init; } = true;

    /// <summary>The function whose begin <see cref="Waits"/> waits for.</summary>
    public string Awaited { get; init; } = string.Empty;

    /// <summary>What is done each time a call has ended.</summary>
    public Action<string>? Then { get; init; }

    public bool Times { get; init; }

    public override bool WantsTimes => Times;

    public IReadOnlyList<string> Events => [.. _events];

    public long Begun => _begun;

    public long Ended => _ended;

    /// <summary>What was written of each range.</summary>
    public IReadOnlyList<byte[]> Written => [.. _written];

    /// <summary>What was wrong with how it was told.</summary>
    public ConcurrentQueue<string> Faults { get; } = [];

    /// <summary>Completes when the guest has begun the call.</summary>
    public Task Waits => _waits.Task.WaitAsync(TestHost.Patience);

    public override void CallBegan(in HostCall call)
    {
        Enter(call, _begun++ == call.Number && _ended == call.Number, "began");
        if (KeepsText) _events.Enqueue($"{call.Function.Name}({string.Join(", ", Arguments(call))})");
        Leave();
        if (call.Function.Name == Awaited) _waits.TrySetResult();
    }

    public override void CallEnded(in HostCall call)
    {
        Enter(call, _ended++ == call.Number && _begun == _ended, "ended");
        if (KeepsText)
        {
            var ranges = new List<string>();
            foreach (var write in call.Writes)
            {
                ranges.Add(string.Create(CultureInfo.InvariantCulture, $"{write.Address}+{write.Bytes.Length}"));
                _written.Enqueue(write.Bytes.ToArray());
            }

            _events.Enqueue($"{call.Function.Name}({string.Join(", ", Arguments(call))}) = {Outcome(call)} [{string.Join(' ', ranges)}]");
        }

        if (Times != (call.Began != 0) || Times != (call.Ended != 0) || call.Duration < TimeSpan.Zero) Faults.Enqueue($"times {call.Began} {call.Ended}");
        Then?.Invoke(call.Function.Name);
        Leave();
    }

    protected static List<string> Arguments(in HostCall call)
    {
        var texts = new List<string>();
        for (var index = 0; index < call.Function.Parameters.Count; index++)
        {
            var parameter = call.Function.Parameters[index];
            if (parameter.Role != HostCallParameterRole.Text)
                texts.Add(string.Create(CultureInfo.InvariantCulture, $"{parameter.Name}={call.GetArgument(index)}"));
            else
                texts.Add($"{parameter.Name}={(call.TryGetText(index, out var text) ? Encoding.UTF8.GetString(text) : "?")}");
        }

        return texts;
    }

    // The results of a function that has its own.
    private static string Outcome(in HostCall call)
    {
        if (call.Function.ReturnsErrno || call.ResultCount == 0) return call.Outcome.ToString();
        var results = new List<ulong>();
        for (var index = 0; index < call.ResultCount; index++) results.Add(call.GetResult(index));
        return string.Join(", ", results);
    }

    private void Enter(in HostCall call, bool isInOrder, string what)
    {
        if (Interlocked.Exchange(ref _isInside, 1) != 0) Faults.Enqueue("by two threads at one time");
        if (!isInOrder) Faults.Enqueue($"{what} {call.Number} after {_begun} begun and {_ended} ended");
        if (GuestStore.Entered is { Fiber: not null }) Faults.Enqueue($"{call.Function.Name} was told on a fiber");
    }

    private void Leave() => Volatile.Write(ref _isInside, 0);
}
