using System.Diagnostics;
using FluentAssertions;
using WasiCloud.Embedding.Engine;
using WasiCloud.Embedding.Engine.Compilation;
using WasiCloud.Embedding.Engine.Interop;
using WasiCloud.Embedding.Preview1;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Tests.Engine.Compilation;

/// <summary>Who else could put native code where it is loaded from. The temporary folder, in which these are, is sticky.</summary>
public sealed class ModuleCacheTrustTests : IDisposable
{
    private const int NotStored = 2;
    private const int NotRead = 6;
    private const string Stranger = "12345";

    private readonly string _root = Directory.CreateTempSubdirectory("wasicloud-trust-").FullName;
    private readonly LogCollector _logs = new();
    private readonly WasmEngine _engine = new(new EngineSettings(8 << 20, 10, 64 << 10, 2), Preview1Functions.Table);
    private readonly byte[] _wasm = TestHost.ReadGuest("empty");
    private int _compilations;

    private string Above => Path.Combine(_root, "above");

    private string Folder => Path.Combine(Above, "modules");

    // Only root can give a file away, and nobody can elsewhere than on Linux.
    private static bool CanGiveAway => OperatingSystem.IsLinux() && Environment.UserName == "root";

    public void Dispose()
    {
        _engine.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    [Theory]
    [InlineData("770")]
    [InlineData("707")]
    [InlineData("777")]
    public void Folder_BelowOneThatOthersCanWrite_IsRefused(string mode)
    {
        if (OperatingSystem.IsWindows()) return;
        Directory.CreateDirectory(Folder);
        Run("chmod", mode, Above);

        FluentActions.Invoking(Create).Should().Throw<InvalidOperationException>()
            .WithMessage($"ModuleCacheFolder '{Folder}' is refused: '{Above}' is writable by others*");
    }

    [Fact]
    public void Folder_MissingBelowOneThatOthersCanWrite_IsRefusedAndNotMade()
    {
        if (!OperatingSystem.IsLinux()) return;
        Directory.CreateDirectory(Above);
        Run("chmod", "777", Above);

        FluentActions.Invoking(Create).Should().Throw<InvalidOperationException>();
        Directory.Exists(Folder).Should().BeFalse();
    }

    [Theory]
    [InlineData("1777")]
    [InlineData("1770")]
    [InlineData("755")]
    public async Task Folder_BelowAStickyOrClosedOne_IsUsed(string mode)
    {
        if (OperatingSystem.IsWindows()) return;
        Directory.CreateDirectory(Above);
        Run("chmod", mode, Above);

        await LoadTwiceAsync(used: true);
    }

    [Fact]
    public void Folder_StickyItself_IsRefused()
    {
        if (OperatingSystem.IsWindows()) return;
        Directory.CreateDirectory(Folder);
        Run("chmod", "1777", Folder);

        FluentActions.Invoking(Create).Should().Throw<InvalidOperationException>().WithMessage($"*'{Folder}' is writable by others*");
    }

    [Theory]
    [InlineData("755")]
    [InlineData("1777")]
    public void Folder_BelowOneOfAnotherUser_IsRefused(string mode)
    {
        if (!CanGiveAway) return;
        Directory.CreateDirectory(Folder);
        Run("chmod", mode, Above);
        Run("chown", Stranger, Above);

        FluentActions.Invoking(Create).Should().Throw<InvalidOperationException>().WithMessage($"*'{Above}' belongs to another user ({Stranger})*");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Folder_BehindALinkOfOurs_IsUsed(bool isRelative)
    {
        Directory.CreateDirectory(Path.Combine(_root, "target"));
        Directory.CreateSymbolicLink(Above, isRelative ? "../" + Path.GetFileName(_root) + "/target" : Path.Combine(_root, "target"));

        await LoadTwiceAsync(used: true);
        Directory.Exists(Path.Combine(_root, "target", "modules")).Should().BeTrue();
    }

    [Fact]
    public void Folder_BehindALinkBelowOneThatOthersCanWrite_IsRefused()
    {
        if (!OperatingSystem.IsLinux()) return;
        var open = Directory.CreateDirectory(Path.Combine(_root, "open")).FullName;
        Directory.CreateDirectory(Path.Combine(open, "target"));
        Run("chmod", "777", open);
        Directory.CreateSymbolicLink(Above, Path.Combine(open, "target"));

        FluentActions.Invoking(Create).Should().Throw<InvalidOperationException>().WithMessage($"*'{open}' is writable by others*");
    }

    [Fact]
    public void Folder_BehindALinkOfAnotherUser_IsRefused()
    {
        if (!CanGiveAway) return;
        Directory.CreateDirectory(Path.Combine(_root, "target"));
        Directory.CreateSymbolicLink(Above, Path.Combine(_root, "target"));
        Run("chown", "-h", Stranger, Above);

        FluentActions.Invoking(Create).Should().Throw<InvalidOperationException>().WithMessage("*belongs to another user*");
    }

    [Fact]
    public async Task Folder_BehindLinksInACircle_CostsTimeOnly()
    {
        Directory.CreateSymbolicLink(Above, Above);

        await LoadTwiceAsync(used: false);
        _logs[NotStored].Should().NotBeEmpty();
    }

    [Fact]
    public async Task Folder_ThatIsOpenedToOthersLater_CostsTimeOnly()
    {
        if (!OperatingSystem.IsLinux()) return;
        var cache = Create();
        await LoadAsync(cache);
        Run("chmod", "777", Above);

        await LoadAsync(cache);

        _compilations.Should().Be(2);
        _logs[NotRead].Should().ContainSingle();
    }

    [Theory]
    [InlineData("writable")]
    [InlineData("foreign")]
    [InlineData("hard link")]
    [InlineData("pipe")]
    [InlineData("directory")]
    public async Task File_ThatSomebodyElseCouldHaveWritten_IsNotLoaded(string kind)
    {
        if (!OperatingSystem.IsLinux() || (kind == "foreign" && !CanGiveAway)) return;
        await LoadAsync();
        var file = Files().Single();
        switch (kind)
        {
            case "writable":
                Run("chmod", "620", file);
                break;
            case "foreign":
                Run("chown", Stranger, file);
                break;
            case "hard link":
                Run("ln", file, Path.Combine(_root, "other-name"));
                break;
            case "pipe":
                File.Delete(file);
                Run("mkfifo", "-m", "600", file);
                break;
            default:
                File.Delete(file);
                Directory.CreateDirectory(file);
                break;
        }

        await LoadAsync().WaitAsync(TestHost.Patience);

        _compilations.Should().Be(2);
        if (kind != "directory") await LoadAsync();
        _compilations.Should().Be(2, "the file was replaced");
    }

    [Theory]
    [InlineData("770")]
    [InlineData("link")]
    [InlineData("foreign")]
    public async Task Entry_ThatOthersCouldFill_IsNotLoaded(string kind)
    {
        if (!OperatingSystem.IsLinux() || (kind == "foreign" && !CanGiveAway)) return;
        await LoadAsync();
        var entry = Path.GetDirectoryName(Files().Single())!;
        switch (kind)
        {
            case "link":
                Directory.Move(entry, Path.Combine(_root, "moved"));
                Directory.CreateSymbolicLink(entry, Path.Combine(_root, "moved"));
                break;
            case "foreign":
                Run("chown", Stranger, entry);
                break;
            default:
                Run("chmod", kind, entry);
                break;
        }

        await LoadAsync();

        _compilations.Should().Be(2);
        (_logs[NotRead].Count, _logs[NotStored].Count).Should().Be((1, 1));
    }

    [Fact]
    public async Task File_ReplacedAfterItWasChecked_IsNotWhatIsLoaded()
    {
        if (!OperatingSystem.IsLinux()) return;
        await LoadAsync();
        var other = Path.Combine(_root, "other");
        await File.WriteAllTextAsync(other, "code of somebody else");
        var cache = new ModuleCache(Folder, _logs) { Checked = path => File.Move(other, path, overwrite: true) };

        await LoadAsync(cache);

        _compilations.Should().Be(1);
        File.Exists(other).Should().BeFalse();
        _logs.Entries.Should().BeEmpty();
    }

    [Fact]
    public async Task Folder_ReplacedAfterItWasOpened_IsNotWhatIsLoaded()
    {
        if (!OperatingSystem.IsLinux()) return;
        await LoadAsync();
        var cache = new ModuleCache(Folder, _logs) { Checked = _ => Directory.Move(Above, Path.Combine(_root, "moved")) };

        await LoadAsync(cache);

        _compilations.Should().Be(1);
        _logs.Entries.Should().BeEmpty();
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        process.ExitCode.Should().Be(0);
    }

    private async Task LoadTwiceAsync(bool used)
    {
        await LoadAsync();
        await LoadAsync();
        _compilations.Should().Be(used ? 1 : 2);
    }

    private ModuleCache Create() => new(Folder, _logs);

    private async Task LoadAsync(ModuleCache? cache = null)
    {
        using var module = await (cache ?? Create()).LoadAsync(_engine, _wasm, () =>
        {
            _compilations++;
            return ModuleLoading.CompileAsync(_engine, _wasm);
        });
        module.ReadExports().Should().Contain(export => export.Name == "_start");
    }

    private string[] Files() => Directory.GetFiles(Folder, "*.compiled", SearchOption.AllDirectories);
}
