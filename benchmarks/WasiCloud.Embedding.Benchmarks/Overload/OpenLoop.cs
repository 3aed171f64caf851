using System.Diagnostics;

namespace WasiCloud.Embedding.Benchmarks.Overload;

/// <summary>Clients that come at a rate, whatever becomes of those before, and hang up when they have waited for long.</summary>
internal sealed class OpenLoop(Func<CancellationToken, Task<Answer>> ask)
{
    /// <summary>How long a client waits.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(1);

    private int _good;
    private int _refused;
    private int _late;

    /// <summary>Lets clients come for a while, and waits for the last.</summary>
    public async Task<OverloadPoint> OfferAsync(double perSecond, TimeSpan time)
    {
        (_good, _refused, _late) = (0, 0, 0);
        var clients = new List<Task>((int)(perSecond * time.TotalSeconds) + 1);

        // A thread of its own: a pool that is short of threads must not make the clients fewer.
        await Task.Factory.StartNew(() => LetCome(perSecond, time, clients), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await Task.WhenAll(clients);
        return new(clients.Count / time.TotalSeconds, _good / time.TotalSeconds, _refused / time.TotalSeconds, _late / time.TotalSeconds);
    }

    /// <summary>Asks again and again, as many at one time as there are callers.</summary>
    /// <returns>Answers in a second.</returns>
    public async Task<double> SaturateAsync(int callers, TimeSpan time)
    {
        using var end = new CancellationTokenSource(time);
        var answers = 0;
        await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
        {
            while (!end.IsCancellationRequested)
            {
                if (await ask(CancellationToken.None) == Answer.Good) Interlocked.Increment(ref answers);
            }
        })));
        return answers / time.TotalSeconds;
    }

    private void LetCome(double perSecond, TimeSpan time, List<Task> clients)
    {
        using var never = new ManualResetEventSlim();
        var started = Stopwatch.GetTimestamp();
        var (step, patience) = (TimeSpan.Zero, new CancellationTokenSource(Patience));
        TimeSpan elapsed;
        while ((elapsed = Stopwatch.GetElapsedTime(started)) < time)
        {
            // One timer for those that come within a millisecond.
            if (elapsed - step >= Step) (step, patience) = (elapsed, new CancellationTokenSource(Patience));

            // One that falls behind must still end: fewer come then, which the row says.
            if (clients.Count < elapsed.TotalSeconds * perSecond) clients.Add(ComeAsync(patience.Token));
            else never.Wait(Step);
        }
    }

    // What it asks, it asks on a thread of the pool, as a request of Kestrel's does.
    private Task ComeAsync(CancellationToken patience)
    {
        var arrived = Stopwatch.GetTimestamp();
        return Task.Run(() => AskAsync(arrived, patience), CancellationToken.None);
    }

    private async Task AskAsync(long arrived, CancellationToken patience)
    {
        var answer = await ask(patience);
        if (answer == Answer.Good && Stopwatch.GetElapsedTime(arrived) > Patience) answer = Answer.GivenUp;
        Interlocked.Increment(ref answer == Answer.Good ? ref _good : ref answer == Answer.Refused ? ref _refused : ref _late);
    }
}
