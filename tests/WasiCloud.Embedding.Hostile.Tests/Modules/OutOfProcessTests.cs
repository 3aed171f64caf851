using System.Diagnostics;
using System.Globalization;
using FluentAssertions;
using WasiCloud.Embedding.Engine;
using WasiCloud.Embedding.Engine.Compilation;
using WasiCloud.Embedding.Fuzz;
using WasiCloud.Embedding.Fuzz.Modules;
using WasiCloud.Embedding.Preview1;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Hostile.Tests.Modules;

/// <summary>
/// Modules that a compiler would work at for minutes, or die of, are compiled in a child, and end the child alone. The child is the fuzzers' program.
/// </summary>
public sealed class OutOfProcessTests
{
    private const string Bomb = "locals changed in nested loops";

    // Minutes and 18 GB, which is within the limits of these tests, unless they say otherwise.
    private const int BombBytes = 50_000;

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    private static string Program => Path.Combine(AppContext.BaseDirectory, "WasiCloud.Embedding.Fuzz.dll");

    private static string Runtime => Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";

    [Fact]
    public async Task Module_CompiledByAChild_RunsAsAnyOther()
    {
        await using var host = CreateHost();

        (await host.LoadAndRunAsync(TestHost.ReadGuest("empty"), s_patience)).Should().Be(Ending.Ok);
        (await host.LoadAndRunAsync(TestHost.ReadGuest("trap"), s_patience)).Should().NotBe(Ending.Ok).And.NotBe(Ending.Invalid);
    }

    [Fact]
    public async Task Module_Invalid_IsRefusedWithTheSameWords()
    {
        byte[] wasm = [.. "\0asm"u8, 1, 0, 0, 0, 99];
        await using var here = new FuzzHost();
        await using var elsewhere = CreateHost();

        var expected = (await here.Awaiting(it => it.Host.LoadAsync(wasm, "bad").AsTask()).Should().ThrowAsync<InvalidGuestModuleException>()).Which;
        var actual = (await elsewhere.Awaiting(it => it.Host.LoadAsync(wasm, "bad").AsTask()).Should().ThrowAsync<InvalidGuestModuleException>()).Which;

        (actual.Message, actual.Offset).Should().Be((expected.Message, expected.Offset));
    }

    [Fact]
    public async Task Bomb_ThatTakesLong_EndsAtItsLimitOnceForAllWhileTheHostServes()
    {
        await using var host = CreateHost(options => (options.MaxCompilationBytes, options.MaxCompilationTime) = (64L << 30, TimeSpan.FromSeconds(4)));
        using var guest = await host.Host.LoadAsync(TestHost.ReadGuest("empty"), "empty");
        var wasm = CompilationBombs.All[Bomb](BombBytes);
        var loads = Enumerable.Range(0, 3).Select(_ => host.Host.LoadAsync(wasm, "bomb").AsTask()).ToArray();

        (await host.RunAsync(guest, new InvocationRequest())).Should().Be(Ending.Ok);

        const string Message = "*MaxCompilationTime (00:00:04)*";
        foreach (var load in loads) await load.WaitAsync(s_patience).Awaiting(it => it).Should().ThrowAsync<InvalidGuestModuleException>().WithMessage(Message);
        await host.Awaiting(it => it.Host.LoadAsync(wasm, "bomb").AsTask()).Should().ThrowAsync<InvalidGuestModuleException>().WithMessage(Message);
        (await host.RunAsync(guest, new InvocationRequest())).Should().Be(Ending.Ok);
    }

    [Fact]
    public async Task Bomb_ThatTakesMuch_EndsAtItsLimit()
    {
        using var engine = new WasmEngine(new EngineSettings(8 << 20, 10, 64 << 10, 2), Preview1Functions.Table);
        var command = new CompilerCommand(Runtime, [Program, CompilerCommand.Switch]);
        await using var compiler = new ChildCompiler(command, s_patience, maxBytes: 32 << 20, TimeProvider.System);
        var wasm = CompilationBombs.All[Bomb](BombBytes);

        await compiler.Awaiting(it => it.CompileAsync(engine, wasm, CancellationToken.None)).Should().ThrowAsync<InvalidGuestModuleException>()
            .WithMessage("*more memory than MaxCompilationBytes (33554432 bytes)*");
    }

    [Fact]
    public async Task Host_DisposedWhileAChildCompiles_LeavesNone()
    {
        var host = CreateHost(options => options.MaxCompilationBytes = 64L << 30);
        var load = host.Host.LoadAsync(CompilationBombs.All[Bomb](BombBytes), "bomb").AsTask();
        using (var child = await FindChildAsync())
        {
            await host.DisposeAsync();

            child.HasExited.Should().BeTrue();
        }

        await load.Awaiting(it => it).Should().ThrowAsync<ObjectDisposedException>();
    }

    [Fact]
    public async Task Child_WhoseHostHasDied_Ends()
    {
        var settings = new EngineSettings(8 << 20, 10, 64 << 10, 2);
        var start = new ProcessStartInfo(Runtime, [Program, CompilerCommand.Switch])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using var child = Process.Start(start)!;
        await child.StandardOutput.BaseStream.ReadExactlyAsync(new byte[CompilerRequest.Greeting.Length]).AsTask().WaitAsync(s_patience);
        new CompilerRequest(CompatibilityKey.Of(settings), settings, 64L << 30, CompilationBombs.All[Bomb](BombBytes)).WriteTo(child.StandardInput.BaseStream);
        child.HasExited.Should().BeFalse();

        child.StandardInput.Close();

        using var patience = new CancellationTokenSource(s_patience);
        await child.WaitForExitAsync(patience.Token);
        child.ExitCode.Should().Be(128 + 9);
    }

    private static FuzzHost CreateHost(Action<WasiCloudOptions>? configure = null) => new(options =>
    {
        options.ModuleCompilation = ModuleCompilation.OutOfProcess;
        options.CompilerCommand.Add(Runtime);
        options.CompilerCommand.Add(Program);
        configure?.Invoke(options);
    });

    // Other tests of this class run before or after, none meanwhile.
    private static async Task<Process> FindChildAsync()
    {
        using var patience = new CancellationTokenSource(s_patience);
        while (true)
        {
            if (FindChild() is { } child) return child;
            await Task.Delay(10, patience.Token);
        }
    }

    private static Process? FindChild()
    {
        var parent = string.Create(CultureInfo.InvariantCulture, $"PPid:\t{Environment.ProcessId}\n");
        foreach (var folder in Directory.GetDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id)) continue;
            try
            {
                if (!File.ReadAllText($"{folder}/status").Contains(parent, StringComparison.Ordinal)) continue;
                if (File.ReadAllText($"{folder}/cmdline").Contains(CompilerCommand.Switch, StringComparison.Ordinal)) return Process.GetProcessById(id);
            }
            catch (IOException)
            {
                // It has ended just now.
            }
        }

        return null;
    }
}
