using FluentAssertions;
using WasiCloud.Embedding.FileCalls;
using Xunit;

namespace WasiCloud.Tool.Tests;

/// <summary>
/// 200 made-up sequences of file calls, compared with what Linux answered them: a program of the same source on ext4, recorded in <c>filecalls.linux.txt</c>.
/// Differences that are meant are in <see cref="AllowedDifference"/>. The command <c>filecalls</c> of tests/WasiCloud.Embedding.Fuzz asks Linux itself, and
/// more.
/// </summary>
public sealed class FileCallTests : IDisposable
{
    private const int Sequences = 200;
    private const int Seed = 8;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("wasicloud-tool-");
    private readonly string _script = new FileCallScript(Seed).Write(Sequences);

    private static string Recorded => Path.Combine(ToolProcess.Root, "tests", "WasiCloud.Tool.Tests", "filecalls.linux.txt");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public Task Calls_InMemory_AreAnsweredAsByLinux() => CompareAsync(isMemory: true, "all", "--mem", "/w");

    [Fact]
    public Task Calls_OnAFolder_AreAnsweredAsByLinux() => CompareAsync(isMemory: false, "all", "--dir", _folder.FullName + "::/w");

    [Fact]
    public async Task Calls_OnACopy_AreAnsweredAsByLinux()
    {
        await RunAsync("first", "--dir", _folder.FullName + "::/w");
        LinkAbsolutely();
        await CompareAsync(isMemory: true, "rest", "--copy", _folder.FullName + "::/w");
    }

    // What no guest can make: links to absolute paths, which the folder has before guests see it.
    private void LinkAbsolutely()
    {
        var (sequence, isFirst) = (string.Empty, false);
        foreach (var line in _script.Split('\n'))
        {
            if (line.StartsWith("seq ", StringComparison.Ordinal)) (sequence, isFirst) = (line[4..], true);
            if (line == "---") isFirst = false;
            if (isFirst && line == "symlink /absolute b z") File.CreateSymbolicLink(Path.Combine(_folder.FullName, sequence, "w", "z"), "/absolute");
        }
    }

    private async Task CompareAsync(bool isMemory, string mode, params string[] mount)
    {
        var linux = FileCallAnswers.Read(_script, await File.ReadAllTextAsync(Recorded));
        var comparison = new FileCallComparison(isMemory);
        comparison.Compare(linux, FileCallAnswers.Read(_script, await RunAsync(mode, mount)));

        comparison.Unexplained.Should().BeEmpty();
        comparison.Compared.Should().BeGreaterThan(Sequences * 20);
    }

    private Task<string> RunAsync(string mode, params string[] mount) =>
        FileCallProcess.RunAsync(
            _script, "dotnet", [ToolProcess.Command, "run", .. ToolProcess.Execution, .. mount, ToolProcess.Guest("filecalls"), mode, "/w"]);
}
