using System.Collections.Concurrent;
using System.Diagnostics;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using WasiCloud.Embedding.Engine;
using WasiCloud.Embedding.Hosting.Modules;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Modules;

/// <summary>
/// Files whose modules serve and are replaced. The clock stands still but for what a test moves it; the file system tells of changes, or does not.
/// </summary>
public sealed class FileFollowerTests : IAsyncTest
{
    private const int Replaced = 26;
    private const int NotReplaced = 27;

    private readonly ModuleFolder _folder = new();
    private readonly FakeTimeProvider _time = new();
    private readonly TestHost _host;

    public FileFollowerTests() => _host = new TestHost(options => options.MaxModuleBytes = ModuleFolder.MaxModuleBytes, time: _time);

    /// <summary>The ways in which a file gets another content.</summary>
    public static TheoryData<string> Changes => new(
        "in place", "renamed over", "deleted and created", "link", "folder of the link", "link to the folder", "same times");

    /// <summary>What may come in the place of a module, and what is said of it.</summary>
    public static TheoryData<string, string> BadFiles => new()
    {
        { "text", "*does not start with the bytes 00 61 73 6D*" },
        { "half", "*Not a valid WebAssembly module*" },
        { "empty", "*does not start with the bytes*" },
        { "large", "The module has 4097 bytes; MaxModuleBytes is 4096." },
        { "unknown import", "*env.nowhere*" },
        { "reactor", "The module does not export '_start': it is a library or reactor, *" },
        { "missing", "There is no file '*guest.wasm'." },
        { "directory", "'*guest.wasm' is a directory, not a module." },
        { "FIFO", "'*guest.wasm' is a FIFO, not a module." },
        { "link to /dev/zero", "'*guest.wasm' is a device, not a module." },
    };

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task Follow_FileThatChanges_GivesOutTheNewModule(string way)
    {
        var path = _folder.Prepare(way);
        await using var source = GuestModuleSource.File(path, reload: true);
        await _host.Host.OpenAsync(source);
        (await RunAsync(source)).Should().Be(1);

        _folder.Change(way);

        await UntilAsync(() => source.Reloads == 1);
        (await RunAsync(source)).Should().Be(2);
        _host.Logs[Replaced].Should().ContainSingle();
        _host.Logs[NotReplaced].Should().BeEmpty();
    }

    [Fact]
    public async Task Follow_SameBytes_IsNoNewModule()
    {
        _folder.Write(1);
        await using var source = await OpenAsync();
        var first = source.Module;

        File.SetLastWriteTimeUtc(_folder.Path, DateTime.UnixEpoch);
        _folder.Write(1);
        for (var look = 0; look < 5; look++) await MoveTimeAsync();

        source.Module.Should().BeSameAs(first);
        _host.Logs[Replaced].Should().BeEmpty();
    }

    [Fact]
    public async Task Follow_ManyChangesOneAfterAnother_EndsWithTheLast()
    {
        _folder.Write(1);
        await using var source = await OpenAsync();

        for (var version = 2; version <= 100; version++)
        {
            _folder.Write(version);
            if (version % 10 == 0) await MoveTimeAsync();
        }

        for (var waiting = Stopwatch.StartNew(); await RunAsync(source) != 100; await MoveTimeAsync()) waiting.Elapsed.Should().BeLessThan(TestHost.Patience);
        source.Reloads.Should().BeLessThan(50, "what changes before it is read is read once");
    }

    [Theory]
    [MemberData(nameof(BadFiles))]
    public async Task Follow_FileThatCannotBeLoaded_KeepsTheOldModuleAndSaysSoOnce(string bad, string message)
    {
        _folder.Write(1);
        await using var source = await OpenAsync();
        var changes = 0;
        source.Changed += (_, _) => changes++;

        _folder.Spoil(bad);
        await UntilAsync(() => source.LastFailure is not null);
        for (var look = 0; look < 10; look++) await MoveTimeAsync();

        source.LastFailure!.Message.Should().Match(message);
        (await RunAsync(source)).Should().Be(1);
        var entry = _host.Logs[NotReplaced].Should().ContainSingle().Which;
        entry.Message.Should().StartWith(_folder.Path).And.Contain("the old module stays").And.Contain(source.LastFailure.Message);
        changes.Should().Be(1);

        _folder.Clear();
        _folder.Write(2);
        await UntilAsync(() => source.Reloads == 1);
        (await RunAsync(source)).Should().Be(2);
        source.LastFailure.Should().BeNull();
    }

    [Fact]
    public async Task Follow_FileThatIsGoodAgain_ServesOnWithoutAFailure()
    {
        _folder.Write(1);
        await using var source = await OpenAsync();
        _folder.Spoil("missing");
        await UntilAsync(() => source.LastFailure is not null);

        _folder.Write(1);

        await UntilAsync(() => source.LastFailure is null);
        source.Reloads.Should().Be(0);
        (await RunAsync(source)).Should().Be(1);
    }

    [Fact]
    public async Task Follow_FileThatIsWrittenSlowly_IsNotCalledBad()
    {
        _folder.Write(1);
        await using var source = await OpenAsync();
        var next = ModuleFolder.Module(2);

        using (var file = new FileStream(_folder.Path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0))
        {
            foreach (var piece in next.Chunk((next.Length / 4) + 1))
            {
                await file.WriteAsync(piece);
                await MoveTimeAsync();
            }
        }

        await UntilAsync(() => source.Reloads == 1);
        _host.Logs[NotReplaced].Should().BeEmpty();
        (await RunAsync(source)).Should().Be(2);
    }

    [Fact]
    public async Task Follow_ThousandReloads_LeaveOneModule()
    {
        var modules = new ConcurrentQueue<CompiledModule>();
        _folder.Write(0);
        await using var source = await OpenAsync();
        source.Changed += (_, _) => modules.Enqueue((CompiledModule)source.Module!);

        for (var version = 1; version <= 1_000; version++)
        {
            _folder.Write(version);
            var expected = version;
            await UntilAsync(() => modules.Count == expected);
        }

        source.Reloads.Should().Be(1_000);
        modules.Where(module => !module.InstancePre.IsClosed).Should().Equal((CompiledModule)source.Module!);
    }

    private async Task<GuestModuleSource> OpenAsync()
    {
        var source = GuestModuleSource.File(_folder.Path, reload: true);
        await _host.Host.OpenAsync(source);
        return source;
    }

    private Task<int> RunAsync(GuestModuleSource source) => SourceRun.RunAsync(_host, source);

    // One interval, and what follows from it as far as nothing has to be waited for.
    private async Task MoveTimeAsync()
    {
        _time.Advance(FileFollower.PollInterval);
        for (var turn = 0; turn < 100; turn++) await Task.Yield();
    }

    private Task UntilAsync(Func<bool> condition) => TestHost.UntilAsync(condition, () => _time.Advance(FileFollower.SettleTime));
}
