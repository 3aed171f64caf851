using System.Diagnostics;
using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Secrets;
using WasiCloud.Embedding.Tests.Mounts.HostDirectory;
using Xunit;

namespace WasiCloud.Embedding.Tests.Secrets;

public sealed class FolderSecretSourceTests : IDisposable
{
    private const string Rotate = "mv -T \"$1/..data_tmp\" \"$1/..data\"";

    private readonly TemporaryDirectory _directory = new();
    private readonly string _folder;
    private readonly FolderSecretSource _source;

    public FolderSecretSourceTests()
    {
        _folder = Directory.CreateDirectory(Path.Combine(_directory.Path, "secrets")).FullName;
        File.WriteAllText(Path.Combine(_directory.Path, "outside"), "outside");
        _source = new FolderSecretSource(_folder);
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task ReadAsync_AFile_GivesItsContentAndItsTime()
    {
        Write("key", "value\n");
        var time = new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);
        File.SetLastWriteTimeUtc(Path.Combine(_folder, "key"), time.UtcDateTime);
        var value = (await SecretSources.StoreOf(_source).ReadAsync("key", default)).Value!;

        Encoding.UTF8.GetString(value.Span).Should().Be("value\n");
        value.Modified.Should().Be(UnixTime.ToNanoseconds(time));
        (await _source.TextOfAsync("other")).Should().BeNull();
    }

    // kubernetes.io: what a volume of a secret looks like, and how AtomicWriter replaces it.
    [Fact]
    public async Task ReadAsync_AsKubernetesHasIt_SeesARotationAtTheNextRead()
    {
        Write("..2026_01/key", "old");
        Write("..2026_01/sub/key", "old below");
        Link("..data", "..2026_01");
        Link("key", "..data/key");
        Link("sub", "..data/sub");

        (await _source.NamesAsync()).Should().Equal("key");
        (await _source.TextOfAsync("key")).Should().Be("old");

        Write("..2026_02/key", "new");
        Link("..data_tmp", "..2026_02");
        Run(Rotate);
        Directory.Delete(Path.Combine(_folder, "..2026_01"), recursive: true);

        (await _source.TextOfAsync("key")).Should().Be("new");
        (await _source.NamesAsync()).Should().Equal("key");
    }

    [Fact]
    public async Task ReadAsync_WhileItRotates_IsAlwaysOneOrTheOther()
    {
        Write("..0/key", new string('0', 3_000));
        Link("..data", "..0");
        Link("key", "..data/key");
        using var stop = new CancellationTokenSource();
        var rotating = Task.Run(() =>
        {
            for (var turn = 1; !stop.IsCancellationRequested; turn++)
            {
                Write($"..{turn}/key", new string((char)('0' + (turn % 10)), 3_000));
                Link("..data_tmp", $"..{turn}");
                Run(Rotate);
                Directory.Delete(Path.Combine(_folder, $"..{turn - 1}"), recursive: true);
            }
        });
        for (var round = 0; round < 500; round++)
        {
            var value = await _source.TextOfAsync("key");
            value.Should().HaveLength(3_000);
            value!.Distinct().Should().HaveCount(1);
        }

        await stop.CancelAsync();
        await rotating;
    }

    [Fact]
    public async Task ReadAsync_AFolderThatWasReplaced_ReadsTheNewOne()
    {
        Write("key", "old");
        Write("gone", "value");
        var names = _source.ListAsync(default).GetAsyncEnumerator();
        (await names.MoveNextAsync()).Should().BeTrue();

        Directory.Move(_folder, _folder + ".old");
        Directory.CreateDirectory(_folder);
        Write("key", "new");

        (await _source.TextOfAsync("key")).Should().Be("new");
        (await _source.TextOfAsync("gone")).Should().BeNull("what was listed may be gone when it is opened");
        await names.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
        await _source.Invoking(source => source.TextOfAsync("key")).Should().ThrowAsync<IOException>("that is a fault of the host's, and no missing secret");
    }

    [Theory]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("")]
    [InlineData("../outside")]
    [InlineData("/etc/hostname")]
    [InlineData("sub/key")]
    [InlineData("..%2foutside")]
    [InlineData("key\0")]
    [InlineData("bad-\uefff")]
    public async Task ReadAsync_AHostileName_IsNoSecret(string name)
    {
        Write("key", "value");
        Write("sub/key", "value");
        Run("touch \"$1/$(printf 'bad-\\377')\"");

        (await _source.TextOfAsync(name)).Should().BeNull("a source does not rely on who asks it");
        (await _source.TextOfAsync("\ud800")).Should().BeNull();
        (await SecretSources.StoreOf(_source).TextOfAsync(name)).Should().BeNull();
        (await _source.NamesAsync()).Should().Equal("key");
        Run("rm \"$1\"/bad-*");
    }

    [Theory]
    [InlineData("../outside", "leads out")]
    [InlineData("/etc/hostname", "leads out")]
    [InlineData("sub/../../outside", "leads out")]
    [InlineData("link", "leads to itself")]
    [InlineData("sub/back", "leads to itself")]
    public async Task ReadAsync_ALinkThatLeadsNowhereGood_IsAFaultThatIsTold(string target, string expected)
    {
        Directory.CreateDirectory(Path.Combine(_folder, "sub"));
        Link("sub/back", "../link");
        Link("link", target);

        (await _source.Invoking(source => source.TextOfAsync("link")).Should().ThrowAsync<IOException>()).WithMessage($"*'link'*{expected}*");
    }

    [Theory]
    [InlineData("sub/../key")]
    [InlineData("./key")]
    [InlineData("sub//deep/../../key")]
    [InlineData("sub/up")]
    public async Task ReadAsync_ALinkWithinTheFolder_IsFollowed(string target)
    {
        Directory.CreateDirectory(Path.Combine(_folder, "sub/deep"));
        Link("sub/up", "../key");
        Write("key", "value");
        Link("link", target);

        (await _source.TextOfAsync("link")).Should().Be("value");
    }

    [Theory]
    [InlineData("mkfifo \"$1/odd\"")]
    [InlineData("mkdir \"$1/odd\"")]
    [InlineData("ln -s nowhere \"$1/odd\"")]
    [InlineData("ln -s . \"$1/odd\"")]
    [InlineData("mkfifo \"$1/.fifo\"; ln -s .fifo \"$1/odd\"")]
    [InlineData("touch \"$1/.file\"; ln -s .file/below \"$1/odd\"")]
    public async Task ReadAsync_WhatIsNoFile_IsNoSecretAndDoesNotWait(string script)
    {
        Run(script);

        (await _source.TextOfAsync("odd").WaitAsync(TimeSpan.FromMinutes(2))).Should().BeNull();
        (await _source.NamesAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task ReadAsync_AHugeFile_ReadsNoMoreThanTheLimit()
    {
        using (var file = File.Create(Path.Combine(_folder, "huge"))) file.SetLength(1L << 40);
        var store = SecretSources.StoreOf(_source);

        (await store.Invoking(store => store.TextOfAsync("huge")).Should().ThrowAsync<ErrnoException>()).Which.Error.Should().Be(Errno.FBig);
        (await _source.NamesAsync()).Should().Equal("huge");
    }

    [Fact]
    public void Constructor_NoSuchFolder_IsRefused()
    {
        var making = () => new FolderSecretSource(Path.Combine(_folder, "nowhere"));

        making.Should().Throw<DirectoryNotFoundException>().WithMessage("*nowhere*");
    }

    private void Write(string name, string content)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
    }

    private void Link(string name, string target) => File.CreateSymbolicLink(Path.Combine(_folder, name), target);

    private void Run(string script)
    {
        using var process = Process.Start("sh", ["-c", script, "sh", _folder]);
        process.WaitForExit();
        process.ExitCode.Should().Be(0);
    }
}
