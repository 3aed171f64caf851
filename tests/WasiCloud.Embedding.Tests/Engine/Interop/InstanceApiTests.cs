using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.Engine.Interop;
using Xunit;

namespace WasiCloud.Embedding.Tests.Engine.Interop;

public sealed unsafe class InstanceApiTests
{
    [Fact]
    public void GetExportAt_ForEachIndex_NamesTheExportsInOrder()
    {
        using var guest = new RawInstance("""(module (memory (export "memory") 1) (func (export "run")) (global (export "g") i32 (i32.const 0)))""");
        var found = new List<string>();
        byte* name = null;
        nuint length = 0;
        ExternItem item = default;

        for (nuint i = 0; InstanceApi.GetExportAt(guest.Context, in guest.Instance, i, &name, &length, &item); i++)
            found.Add($"{Encoding.UTF8.GetString(name, (int)length)} {item.Kind}");

        found.Should().Equal("memory Memory", "run Function", "g Global");
    }

    [Fact]
    public void TryGetExport_OfAnUnknownName_IsFalse()
    {
        using var guest = new RawInstance("(module)");

        InstanceApi.TryGetExport(guest.Context, in guest.Instance, "memory"u8, out _).Should().BeFalse();
    }

    [Fact]
    public void Instantiate_WithATrappingStartFunction_ReturnsTheTrap()
    {
        using var guest = new RawInstance("(module (func $start unreachable) (start $start))");

        guest.Instantiation.Succeeded.Should().BeFalse();
        guest.Instantiation.TakeTrap()!.Code.Should().Be(TrapCode.UnreachableCodeReached);
    }
}
