using FluentAssertions;
using WasiCloud.Embedding.Engine;
using WasiCloud.Embedding.Preview1;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Tests.Engine;

public class WasmEngineTests
{
    private const int Slots = 1000;

    /// <summary>Reserved fiber stacks took two mappings a slot, and at 65,530 of them Wasmtime ends the process.</summary>
    [Fact]
    public void Create_ManySlots_TakesFewerMappingsThanSlots()
    {
        var engines = new List<WasmEngine>();
        try
        {
            var before = ProcessCount.Mappings;
            for (var count = 0; count < 4; count++) engines.Add(new WasmEngine(new EngineSettings(1 << 20, 10, 64 << 10, Slots), Preview1Functions.Table));

            // Other tests map and unmap meanwhile, which is why the bound leaves them room: it was 8,000 before.
            (ProcessCount.Mappings - before).Should().BeLessThan(2 * Slots);
        }
        finally
        {
            foreach (var engine in engines) engine.Dispose();
        }
    }
}
