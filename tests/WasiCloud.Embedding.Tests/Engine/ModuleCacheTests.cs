using System.Diagnostics;
using System.Globalization;
using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.Engine;
using WasiCloud.Embedding.Engine.Interop;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Tests.Engine;

public sealed class ModuleCacheTests : IDisposable
{
    private const int Damaged = 1;
    private const int NotStored = 2;

    private readonly string _folder = Path.Combine(Path.GetTempPath(), "wasicloud-" + Path.GetRandomFileName());
    private readonly LogCollector _logs = new();
    private readonly WasmEngine _engine = new(new EngineSettings(8 << 20, 10, 64 << 10, 2));
    private readonly byte[] _wasm = TestHost.ReadGuest("empty");
    private int _compilations;

    public void Dispose()
    {
        _engine.Dispose();
        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Load_ASecondTime_CompilesNothing()
    {
        Load();
        var file = Files().Should().ContainSingle().Which;
        Load();

        _compilations.Should().Be(1);
        Files().Should().Equal(file);
        _logs.Entries.Should().BeEmpty();
    }

    [Fact]
    public void Folder_WhenCreated_IsForItsOwnerOnly()
    {
        Load();

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
    public void Folder_ThatCannotBeCreated_CostsTimeOnly()
    {
        File.WriteAllText(_folder, "a file");
        try
        {
            Load();
            Load();
        }
        finally
        {
            File.Delete(_folder);
        }

        _compilations.Should().Be(2);
        _logs[NotStored].Should().HaveCount(2);
    }

    [Fact]
    public void Folder_DeletedWhileInUse_CostsTimeOnly()
    {
        var cache = Create();
        Directory.Delete(_folder);

        Load(cache);
        Load(cache);

        _compilations.Should().Be(2);
        _logs[NotStored].Should().HaveCount(2);
    }

    [Theory]
    [InlineData("flip")]
    [InlineData("truncate")]
    [InlineData("empty")]
    [InlineData("foreign")]
    public void Load_DamagedEntry_CompilesAgainAndReplacesIt(string damage)
    {
        Load();
        var file = Files().Single();
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

        Load();
        Load();

        _compilations.Should().Be(2);
        _logs[Damaged].Should().ContainSingle();
        Files().Should().ContainSingle().Which.Should().Be(file);
    }

    [Fact]
    public void Load_LinkInTheFolder_IsNotFollowed()
    {
        Load();
        var file = Files().Single();
        var elsewhere = _folder + "-elsewhere";
        File.Move(file, elsewhere);
        File.CreateSymbolicLink(file, elsewhere);

        Load();

        _compilations.Should().Be(2);
        File.Delete(elsewhere);
    }

    [Fact]
    public void Load_OtherModuleOrSettings_HasAnEntryOfItsOwn()
    {
        Load();
        Load(wasm: TestHost.ReadGuest("trap"));
        using var other = new WasmEngine(_engine.Settings with { MaxStackBytes = 128 << 10 });
        Load(engine: other);

        _compilations.Should().Be(3);
        Files().Should().HaveCount(3);
    }

    [Fact]
    public void Load_ModuleTooLargeForThisHost_LeavesTheEntryForOthers()
    {
        var wasm = TestHost.Assemble("""(module (memory (export "memory") 100) (func (export "_start")))""");
        Load(wasm: wasm);
        using var small = new WasmEngine(_engine.Settings with { MaxMemoryBytes = 1 << 20 });

        FluentActions.Invoking(() => Load(engine: small, wasm: wasm)).Should().Throw<InvalidGuestModuleException>();

        Files().Should().ContainSingle();
        Load(wasm: wasm);
        _compilations.Should().Be(2);
    }

    [Fact]
    public void Load_ByManyAtOnce_WorksForAll()
    {
        // As several processes do: each has a cache object of its own, and one of them damages what it finds.
        Parallel.For(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 8 }, index =>
        {
            if (index % 10 == 5)
            {
                foreach (var file in Files()) File.Delete(file);
            }

            Load();
        });

        Files().Should().HaveCountLessThanOrEqualTo(1);
        Load();
        Files().Should().ContainSingle();
    }

    [Fact]
    public void Load_LargeModule_ComesFromTheCache()
    {
        var text = new StringBuilder("""(module (memory (export "memory") 100) (func (export "_start"))""");
        for (var function = 0; function < 500; function++)
            text.Append(CultureInfo.InvariantCulture, $"(func (param i32) (result i32) (i32.add (local.get 0) (i32.const {function})))");
        text.Append("(data (i32.const 0) \"").Append('x', 5 << 20).Append("\"))");
        var wasm = TestHost.Assemble(text.ToString());

        Load(wasm: wasm);
        Load(wasm: wasm);

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

    private static string ChecksumOf(string file)
    {
        using var handle = File.OpenHandle(file);
        return FileChecksum.Compute(handle);
    }

    private ModuleCache Create() => new(_folder, _logs);

    private void Load(ModuleCache? cache = null, WasmEngine? engine = null, byte[]? wasm = null)
    {
        engine ??= _engine;
        using var module = (cache ?? Create()).Load(engine, wasm ?? _wasm, bytes =>
        {
            Interlocked.Increment(ref _compilations);
            return WasmModuleHandle.TryCompile(engine.Handle, bytes, out var compiled, out var error) ? compiled : throw ModuleInspection.ToException(error);
        });
        module.ReadExports().Should().Contain(export => export.Name == "_start");
    }

    private string[] Files() => Directory.Exists(_folder) ? Directory.GetFiles(_folder, "*", SearchOption.AllDirectories) : [];
}
