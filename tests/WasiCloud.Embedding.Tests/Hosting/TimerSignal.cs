using Microsoft.Extensions.Time.Testing;

namespace WasiCloud.Embedding.Tests.Hosting;

/// <summary>A clock that stands still and tells when somebody begins to wait for it.</summary>
#pragma warning disable CA1001 // The semaphore has no handle unless one is asked for.
internal sealed class TimerSignal : FakeTimeProvider
#pragma warning restore CA1001
{
    private readonly SemaphoreSlim _created = new(0);

    public async Task CreatedAsync(int count)
    {
        for (var timer = 0; timer < count; timer++)
        {
            if (!await _created.WaitAsync(TestHost.Patience)) throw new TimeoutException("Nobody waits.");
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        _created.Release();
        return timer;
    }
}
