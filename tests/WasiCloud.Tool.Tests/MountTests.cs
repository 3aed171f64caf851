using FluentAssertions;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.Sqlite;
using Xunit;

namespace WasiCloud.Tool.Tests;

public sealed class MountTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("wasicloud-tool-");

    public void Dispose() => _folder.Delete(recursive: true);

    // The guest works in the folder and leaves it without its files again, but a changed modification time.
    [Fact]
    public async Task Directory_GuestWrites_ChangesTheHost()
    {
        Directory.SetLastWriteTimeUtc(_folder.FullName, DateTime.UnixEpoch);
        var result = await ToolProcess.RunAsync("--dir", _folder.FullName + "::/data", ToolProcess.Guest("posix"), "/data");
        result.ExitCode.Should().Be(0, result.Output);
        Directory.GetLastWriteTimeUtc(_folder.FullName).Should().NotBe(DateTime.UnixEpoch);
    }

    [Fact]
    public async Task ReadOnlyDirectory_GuestWrites_IsRoFs()
    {
        var result = await ToolProcess.RunAsync("--trace", "--ro-dir", _folder.FullName + "::/data", ToolProcess.Guest("posix"), "/data");
        result.ExitCode.Should().NotBe(0);
        result.Error.Should().MatchRegex("""path_open\(fd=3, [^\n]*path="data/[^\n]* = RoFs""");
        _folder.EnumerateFileSystemInfos().Should().BeEmpty();
    }

    [Fact]
    public async Task Copy_LargerThanItsLimit_IsOneLine()
    {
        await File.WriteAllBytesAsync(Path.Combine(_folder.FullName, "large"), new byte[200_000]);
        var result = await ToolProcess.RunAsync("--max-files", "100000", "--copy", _folder.FullName + "::/data", ToolProcess.Guest("posix"), "/data");
        result.ExitCode.Should().Be(1);
        result.Error.Should().MatchRegex("^wasicloud: [^\n]*large' does not fit[^\n]*--max-files[^\n]*\n$");
    }

    [Fact]
    public async Task Memory_GuestFillsIt_IsNoSpc()
    {
        var result = await ToolProcess.RunAsync("--trace", "--max-files", "1", "--mem", "/data", ToolProcess.Guest("posix"), "/data");
        result.ExitCode.Should().NotBe(0);
        result.Error.Should().Contain(" = NoSpc");
    }

    [Theory]
    [InlineData("--max-dir-bytes", "0")]
    [InlineData("--max-dir-nodes", "0")]
    public async Task Directory_GuestFillsIt_IsNoSpc(string option, string value)
    {
        var result = await ToolProcess.RunAsync("--trace", option, value, "--dir", _folder.FullName + "::/data", ToolProcess.Guest("posix"), "/data");
        result.ExitCode.Should().NotBe(0);
        result.Error.Should().Contain(" = NoSpc");
        _folder.EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length).Should().Be(0);
    }

    [Fact]
    public async Task Copy_GuestWrites_LeavesTheHostUnchanged()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "kept"), "content");
        File.CreateSymbolicLink(Path.Combine(_folder.FullName, "link"), "kept");
        Directory.SetLastWriteTimeUtc(_folder.FullName, DateTime.UnixEpoch);
        var result = await ToolProcess.RunAsync("--trace", "--copy", _folder.FullName + "::/data", ToolProcess.Guest("posix"), "/data");
        result.Error.Should().MatchRegex("""path_open\(fd=3, [^\n]*path="data/[^\n]* = Success""");
        Directory.GetLastWriteTimeUtc(_folder.FullName).Should().Be(DateTime.UnixEpoch);
        _folder.EnumerateFileSystemInfos().Select(entry => entry.Name).Should().BeEquivalentTo("kept", "link");
    }

    [Theory]
    [InlineData("--mem", "/data")]
    [InlineData("--kv", "memory::/data")]
    public async Task Memory_GuestCreatesFiles_Works(string option, string value)
    {
        var result = await ToolProcess.RunAsync("--trace", option, value, ToolProcess.Guest("posix"), "/data");
        if (option == "--mem") result.ExitCode.Should().Be(0, result.Output);
        result.Error.Should().MatchRegex("""path_open\(fd=3, [^\n]*path="data/[^\n]* = Success""");
    }

    // kvread compares what it reads with fstat, and fails if there is nothing.
    [Fact]
    public async Task KeyValue_ValueWrittenByTheHost_IsReadBack()
    {
        var database = Path.Combine(_folder.FullName, "app.db");
        await using (var store = new SqliteKeyValueBackend(new SqliteKeyValueOptions { Path = database }))
            await store.CommitAsync(new KeyValueBatch(KeyValueOperation.Put("greeting", "hello"u8.ToArray())), default);
        var result = await ToolProcess.RunAsync("--trace", "--kv", $"sqlite:{database}::/kv", ToolProcess.Guest("kvread"), "/kv/greeting", "2");
        result.ExitCode.Should().Be(0, result.Error);
        result.Error.Should().MatchRegex("fd_read\\([^\n]* = Success read=5 ");
        (await ToolProcess.RunAsync("--kv", $"sqlite:{database}::/kv", ToolProcess.Guest("kvread"), "/kv/other", "1")).ExitCode.Should().Be(3);
    }

    [Fact]
    public async Task Environment_Variable_ReachesTheGuest()
    {
        var result = await ToolProcess.RunAsync("--trace", "--env", "NAME=VALUE", "--env", "A=B", ToolProcess.Guest("hello"));
        result.Error.Should().Contain("environ_sizes_get() = Success count=2 bytes=15");
    }
}
