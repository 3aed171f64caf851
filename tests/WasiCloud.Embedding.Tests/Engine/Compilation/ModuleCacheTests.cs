using System.Diagnostics;
using System.Globalization;
using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.Engine;
using WasiCloud.Embedding.Engine.Compilation;
using WasiCloud.Embedding.Engine.Interop;
using WasiCloud.Embedding.Preview1;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Tests.Engine.Compilation;

public sealed class ModuleCacheTests : IDisposable
{
    private const int Damaged = 1;
    private const int NotStored = 2;

    private readonly string _folder = Path.Combine(Path.GetTempPath(), "wasicloud-" + Path.GetRandomFileName());
    private readonly LogCollector _logs = new();
    private readonly WasmEngine _engine = new(new EngineSettings(8 << 20, 10, 64 << 10, 2), Preview1Functions.Table);
    private readonly byte[] _wasm = TestHost.ReadGuest("empty");
    private int _compilations;

    public void Dispose()
    {
        _engine.Dispose();
        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Load_ASecondTime_CompilesNothing()
    {
        await LoadAsync();
        var file = Files().Should().ContainSingle().Which;
        await LoadAsync();

        _compilations.Should().Be(1);
        Files().Should().Equal(file);
        _logs.Entries.Should().BeEmpty();
    }

    [Fact]
    public async Task Folder_WhenCreated_IsForItsOwnerOnly()
    {
        await LoadAsync();

        if (OperatingSystem.IsWindows()) return;
        File.GetUnixFileMode(_folder).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.GetUnixFileMode(Files().Single()).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public void Folder_WritableByOthers_IsRefused()
    {
        if (OperatingSystem.IsWindows()) return;
        Directory.CreateDirectory(_folder);
        File.SetUnixFileMode(_folder, (UnixFileMode)0b111_111_111);

        FluentActions.Invoking(Create).Should().Throw<InvalidOperationException>().WithMessage("*ModuleCacheFolder*writable by others*");
    }

    [Fact]
    public void Folder_OfAnotherUser_IsRefused()
    {
        // Only root can give a folder away.
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root") return;
        Directory.CreateDirectory(_folder);
        using (var chown = Process.Start("chown", ["12345", _folder])) chown.WaitForExit();

        FluentActions.Invoking(Create).Should().Throw<InvalidOperationException>().WithMessage("*ModuleCacheFolder*another user (12345)*");
    }

    [Fact]
    public async Task Folder_ThatCannotBeCreated_CostsTimeOnly()
    {
        await File.WriteAllTextAsync(_folder, "a file");
        try
        {
            await LoadAsync();
            await LoadAsync();
        }
        finally
        {
            File.Delete(_folder);
        }

        _compilations.Should().Be(2);
        _logs[NotStored].Should().HaveCount(2);
    }

    [Fact]
    public async Task Folder_DeletedWhileInUse_CostsTimeOnly()
    {
        var cache = Create();
        Directory.Delete(_folder);

        await LoadAsync(cache);
        await LoadAsync(cache);

        _compilations.Should().Be(2);
        _logs[NotStored].Should().HaveCount(2);
    }

    [Theory]
    [InlineData("flip")]
    [InlineData("truncate")]
    [InlineData("empty")]
    [InlineData("foreign")]
    public async Task Load_DamagedEntry_CompilesAgainAndReplacesIt(string damage)
    {
        await LoadAsync();
        var file = Files().Single();
        Damage(file, damage);

        await LoadAsync();
        await LoadAsync();

        _compilations.Should().Be(2);
        _logs[Damaged].Should().ContainSingle();
        Files().Should().ContainSingle().Which.Should().Be(file);
    }

    [Fact]
    public async Task Load_LinkInTheFolder_IsNotFollowed()
    {
        await LoadAsync();
        var file = Files().Single();
        var elsewhere = _folder + "-elsewhere";
        File.Move(file, elsewhere);
        File.CreateSymbolicLink(file, elsewhere);

        await LoadAsync();

        _compilations.Should().Be(2);
        File.Delete(elsewhere);
    }

    [Fact]
    public async Task Load_OtherModuleOrSettings_HasAnEntryOfItsOwn()
    {
        await LoadAsync();
        await LoadAsync(wasm: TestHost.ReadGuest("trap"));
        using var other = new WasmEngine(_engine.Settings with { MaxStackBytes = 128 << 10 }, Preview1Functions.Table);
        await LoadAsync(engine: other);

        _compilations.Should().Be(3);
        Files().Should().HaveCount(3);
    }

    [Fact]
    public async Task Load_ModuleTooLargeForThisHost_LeavesTheEntryForOthers()
    {
        var wasm = TestHost.Assemble("""(module (memory (export "memory") 100) (func (export "_start")))""");
        await LoadAsync(wasm: wasm);
        using var small = new WasmEngine(_engine.Settings with { MaxMemoryBytes = 1 << 20 }, Preview1Functions.Table);

        await FluentActions.Awaiting(() => LoadAsync(engine: small, wasm: wasm)).Should().ThrowAsync<InvalidGuestModuleException>();

        Files().Should().ContainSingle();
        await LoadAsync(wasm: wasm);
        _compilations.Should().Be(2);
    }

    [Fact]
    public async Task Load_ByManyAtOnce_WorksForAll()
    {
        // As several processes do: each has a cache object of its own, and one of them damages what it finds.
        await Parallel.ForEachAsync(Enumerable.Range(0, 200), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (index, _) =>
        {
            if (index % 10 == 5)
            {
                foreach (var file in Files()) File.Delete(file);
            }

            await LoadAsync();
        });

        Files().Should().HaveCountLessThanOrEqualTo(1);
        await LoadAsync();
        Files().Should().ContainSingle();
    }

    [Fact]
    public async Task Load_LargeModule_ComesFromTheCache()
    {
        var text = new StringBuilder("""(module (memory (export "memory") 100) (func (export "_start"))""");
        for (var function = 0; function < 500; function++)
            text.Append(CultureInfo.InvariantCulture, $"(func (param i32) (result i32) (i32.add (local.get 0) (i32.const {function})))");
        text.Append("(data (i32.const 0) \"").Append('x', 5 << 20).Append("\"))");
        var wasm = TestHost.Assemble(text.ToString());

        await LoadAsync(wasm: wasm);
        await LoadAsync(wasm: wasm);

        _compilations.Should().Be(1);
        new FileInfo(Files().Single()).Length.Should().BeGreaterThan(5 << 20);
    }

    [Fact]
    public async Task Host_WithACacheFolder_UsesIt()
    {
        for (var start = 0; start < 2; start++)
        {
            await using var host = new TestHost(options => options.ModuleCacheFolder = _folder);
            await host.RunAsync(await host.LoadGuestAsync("empty"));
        }

        Files().Should().ContainSingle();
    }

    private static void Damage(string file, string damage)
    {
        var bytes = File.ReadAllBytes(file);
        switch (damage)
        {
            case "flip":
                bytes[bytes.Length / 2] ^= 1;
                File.WriteAllBytes(file, bytes);
                break;
            case "foreign":
                // A checksum that fits, and content that is no compiled module.
                File.Delete(file);
                File.WriteAllText(file, "foreign");
                File.Move(file, Path.Combine(Path.GetDirectoryName(file)!, ChecksumOf(file) + ".compiled"));
                break;
            default:
                File.WriteAllBytes(file, damage == "empty" ? [] : bytes[..(bytes.Length / 2)]);
                break;
        }
    }

    private static string ChecksumOf(string file)
    {
        using var handle = File.OpenHandle(file);
        return FileChecksum.Compute(handle);
    }

    private ModuleCache Create() => new(_folder, _logs);

    private async Task LoadAsync(ModuleCache? cache = null, WasmEngine? engine = null, byte[]? wasm = null)
    {
        engine ??= _engine;
        using var module = await (cache ?? Create()).LoadAsync(engine, wasm ?? _wasm, () =>
        {
            Interlocked.Increment(ref _compilations);
            return ModuleLoading.CompileAsync(engine, wasm ?? _wasm);
        });
        module.ReadExports().Should().Contain(export => export.Name == "_start");
    }

    private string[] Files() => Directory.Exists(_folder) ? Directory.GetFiles(_folder, "*", SearchOption.AllDirectories) : [];
}
