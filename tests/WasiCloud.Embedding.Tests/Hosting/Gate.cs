using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Tests.Hosting;

/// <summary>Holds the guests that read <c>/test/file</c> until the test opens it, and tells the test when they are there.</summary>
internal sealed class Gate : IDisposable
{
    private readonly SemaphoreSlim _arrivals = new(0);
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The mount for <c>/test</c>.</summary>
    public TestMount Mount => new() { OnRead = PassAsync };

    /// <summary>A guest comes to the gate, and waits if it is closed.</summary>
    public async ValueTask<FsResult<int>> PassAsync(CancellationToken cancellationToken)
    {
        _arrivals.Release();
        await _opened.Task.WaitAsync(cancellationToken);
        return 0;
    }

    /// <summary>Waits until so many more guests are at the gate.</summary>
    public async Task ArrivedAsync(int count = 1)
    {
        for (var arrival = 0; arrival < count; arrival++)
        {
            if (!await _arrivals.WaitAsync(TestHost.Patience)) throw new TimeoutException("The guest did not arrive.");
        }
    }

    public void Open() => _opened.TrySetResult();

    public void Dispose() => _arrivals.Dispose();
}
