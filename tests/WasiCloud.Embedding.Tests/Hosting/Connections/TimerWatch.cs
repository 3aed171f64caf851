using Microsoft.Extensions.Time.Testing;

namespace WasiCloud.Embedding.Tests.Hosting.Connections;

/// <summary>A clock that stands still and tells when somebody begins to wait for one certain time.</summary>
/// <param name="watched">The time.</param>
internal sealed class TimerWatch(TimeSpan watched) : FakeTimeProvider
{
    private readonly TaskCompletionSource _created = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when somebody waits for that time.</summary>
    public Task Created => _created.Task;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        if (dueTime == watched) _created.TrySetResult();
        return timer;
    }
}
