using WasiCloud.Embedding.Engine.Execution;
using WasiCloud.Embedding.Engine.Interop;
using WasiCloud.Embedding.Tests.Engine.Interop;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Tests.Engine.Execution;

public sealed class EpochTickerTests
{
    [Fact]
    public async Task Dispose_JustAsItGoesIdle_Ends()
    {
        using var engine = RawInstance.CreateEngine(config => ConfigApi.SetEpochInterruption(config, enabled: true));
        for (var round = 0; round < 500; round++)
        {
            var ticker = new EpochTicker(engine);
            ticker.Enter();
            ticker.Leave();
            if (round % 2 == 0) Thread.SpinWait(round * 100);
            await Task.Run(ticker.Dispose).WaitAsync(TestHost.Patience);
        }
    }

    [Fact]
    public async Task Dispose_WhileIdle_Ends()
    {
        using var engine = RawInstance.CreateEngine(config => ConfigApi.SetEpochInterruption(config, enabled: true));

        await Task.Run(new EpochTicker(engine).Dispose).WaitAsync(TestHost.Patience);
    }
}
