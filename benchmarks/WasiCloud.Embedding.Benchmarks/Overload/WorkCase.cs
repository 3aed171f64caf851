using System.Globalization;

namespace WasiCloud.Embedding.Benchmarks.Overload;

/// <summary>Asks the guest <c>work</c>, which computes about as long as is said here.</summary>
/// <param name="name">Its name.</param>
/// <param name="steps">How much the guest computes for one of them: 700,000 are about 0.15 ms.</param>
internal abstract class WorkCase(string name, int steps) : IOverloadCase
{
    // Enough that every core always has something to do.
    private static readonly int Callers = 4 * Environment.ProcessorCount;

    private OpenLoop? _loop;

    public string Name => name;

    protected BenchmarkHost Host { get; private set; } = null!;

    protected GuestModule Module { get; private set; } = null!;

    protected string Steps { get; } = steps.ToString(CultureInfo.InvariantCulture);

    private OpenLoop Loop => _loop ??= new OpenLoop(AskAsync);

    public async Task StartAsync(GuestExecution execution)
    {
        Host = new BenchmarkHost(Configure, execution);
        Module = await Host.LoadAsync("work");
        await BeginAsync();
    }

    public async Task<double> SaturateAsync()
    {
        await Loop.SaturateAsync(Callers, TimeSpan.FromSeconds(1));
        return await Loop.SaturateAsync(Callers, TimeSpan.FromSeconds(2));
    }

    public Task<OverloadPoint> OfferAsync(double amount, TimeSpan time) => Loop.OfferAsync(amount, time);

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        Module.Dispose();
        await Host.DisposeAsync();
    }

    /// <summary>Asks once, and waits for the answer.</summary>
    protected abstract Task<Answer> AskAsync(CancellationToken cancellationToken);

    protected virtual void Configure(IWasiCloudBuilder builder)
    {
    }

    protected virtual Task BeginAsync() => Task.CompletedTask;

    protected virtual Task EndAsync() => Task.CompletedTask;

    /// <summary>Reads an answer to its end.</summary>
    protected static async Task<Answer> FinishAsync(Task<InvocationResponse> asked, CancellationToken cancellationToken)
    {
        var answer = await Answers.OfAsync(asked);
        if (answer != Answer.Good) return answer;
        await using var response = await asked;
        answer = await Answers.OfAsync(BenchmarkHost.DrainAsync(response.Body));
        return answer == Answer.Good ? await Answers.OfAsync(response.Completion.WaitAsync(cancellationToken)) : answer;
    }
}
