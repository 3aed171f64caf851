using System.Reflection;
using FluentAssertions;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Tests;

public sealed class InvocationHostLoadTests : IDisposable
{
    private const string Resource = "WasiCloud.Embedding.Tests.empty.wasm";

    private readonly string _folder = Directory.CreateTempSubdirectory("wasicloud-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task LoadAsync_OfAFile_NamesTheModuleAfterIt()
    {
        await using var host = new TestHost();
        var path = Write("some guest.wasm", TestHost.ReadGuest("empty"));

        using var module = await host.Host.LoadAsync(path);
        using var named = await host.Host.LoadAsync(path, "other");

        (module.Name, named.Name).Should().Be(("some guest.wasm", "other"));
        (await host.Host.RunAsync(module).WaitAsync(TestHost.Patience)).ExitCode.Should().Be(0);
    }

    [Fact]
    public async Task LoadAsync_OfAStream_ReadsFromWhereItIsAndLeavesItOpen()
    {
        await using var host = new TestHost();
        using var stream = new MemoryStream([1, 2, 3, .. TestHost.ReadGuest("empty")]);
        stream.Position = 3;

        using var module = await host.Host.LoadAsync(stream, "stream");

        (module.Name, stream.CanRead, stream.Position).Should().Be(("stream", true, stream.Length));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    public async Task LoadAsync_OfAStreamInPieces_ReadsAll(int piece)
    {
        await using var host = new TestHost();
        var stream = new Endless(TestHost.ReadGuest("echo"), piece, isEndless: false);

        using var module = await host.Host.LoadAsync(stream, "pieces");

        module.Kind.Should().Be(GuestModuleKind.Command);
    }

    [Fact]
    public async Task LoadAsync_OfAResource_FindsIt()
    {
        await using var host = new TestHost();

        using var module = await host.Host.LoadAsync(Assembly.GetExecutingAssembly(), Resource);

        module.Name.Should().Be(Resource);
    }

    [Fact]
    public async Task LoadAsync_OfAResourceThatIsNotThere_ListsThoseThatAre()
    {
        await using var host = new TestHost();

        var load = () => host.Host.LoadAsync(Assembly.GetExecutingAssembly(), "none.wasm").AsTask();

        (await load.Should().ThrowAsync<ArgumentException>().WithMessage("*WasiCloud.Embedding.Tests*none.wasm*" + Resource + "*"))
            .WithParameterName("resource");
    }

    [Fact]
    public async Task LoadAsync_OfAStreamWithoutEnd_ReadsNoMoreThanAModuleMayHave()
    {
        const int Max = 200_000;
        await using var host = new TestHost(options => options.MaxModuleBytes = Max);
        var stream = new Endless(TestHost.ReadGuest("empty"), piece: 4096, isEndless: true);

        var load = () => host.Host.LoadAsync(stream, "endless").AsTask().WaitAsync(TestHost.Patience);

        await load.Should().ThrowAsync<InvalidGuestModuleException>().WithMessage($"*MaxModuleBytes is {Max}*");
        stream.Given.Should().BeLessThanOrEqualTo(Max + 1);
    }

    [Fact]
    public async Task LoadAsync_OfAFileThatIsTooLarge_IsRefusedUnreadNamingIt()
    {
        await using var host = new TestHost(options => options.MaxModuleBytes = 1 << 20);
        var path = Path.Combine(_folder, "large.wasm");
        await using (var file = File.Create(path)) file.SetLength(1L << 40);

        var load = () => host.Host.LoadAsync(path).AsTask().WaitAsync(TestHost.Patience);

        await load.Should().ThrowAsync<InvalidGuestModuleException>().WithMessage($"*{path}*MaxModuleBytes*");
    }

    [Fact]
    public async Task LoadAsync_OfAFileThatSaysLessThanItHas_ReadsNoMoreThanAModuleMayHave()
    {
        const int Max = 100_000;
        var stream = new Endless(new byte[10], piece: 4096, isEndless: true) { SaidLength = 100 };
        await using var host = new TestHost(options => options.MaxModuleBytes = Max);

        var load = () => host.Host.LoadAsync(stream, "growing").AsTask().WaitAsync(TestHost.Patience);

        await load.Should().ThrowAsync<InvalidGuestModuleException>();
        stream.Given.Should().BeLessThanOrEqualTo(Max + 1);
    }

    [Theory]
    [InlineData("/dev/zero")]
    [InlineData("/dev/null")]
    [InlineData("empty")]
    [InlineData("pipe")]
    [InlineData("link to pipe")]
    [InlineData("link to device")]
    public async Task LoadAsync_OfWhatIsNoRegularFile_IsRefusedWithoutWaiting(string kind)
    {
        await using var host = new TestHost();
        var path = Make(kind);

        var load = () => host.Host.LoadAsync(path).AsTask().WaitAsync(TestHost.Patience);

        await load.Should().ThrowAsync<InvalidGuestModuleException>().WithMessage($"*{path}*regular file*");
    }

    [Fact]
    public async Task LoadAsync_OfALinkToAFile_FollowsIt()
    {
        await using var host = new TestHost();
        var target = Write("target.wasm", TestHost.ReadGuest("empty"));
        var path = Path.Combine(_folder, "link.wasm");
        File.CreateSymbolicLink(path, target);

        using var module = await host.Host.LoadAsync(path);

        module.Name.Should().Be("link.wasm");
    }

    [Fact]
    public async Task LoadAsync_OfWhatIsNotThere_NamesIt()
    {
        await using var host = new TestHost();
        var path = Path.Combine(_folder, "missing.wasm");
        var link = Path.Combine(_folder, "link.wasm");
        File.CreateSymbolicLink(link, path);

        foreach (var missing in (string[])[path, link, Path.Combine(_folder, "no folder", "a.wasm")])
        {
            var load = () => host.Host.LoadAsync(missing).AsTask().WaitAsync(TestHost.Patience);
            (await load.Should().ThrowAsync<FileNotFoundException>().WithMessage($"*{missing}*")).Which.FileName.Should().Be(missing);
        }

        var folder = () => host.Host.LoadAsync(_folder).AsTask().WaitAsync(TestHost.Patience);
        await folder.Should().ThrowAsync<IOException>().WithMessage($"*{_folder}*directory*");
    }

    [Fact]
    public async Task LoadAsync_OfAFileThatIsNoModule_NamesFileAndOffset()
    {
        await using var host = new TestHost();
        var path = Write("bad.wasm", "not a module"u8.ToArray());

        var load = () => host.Host.LoadAsync(path).AsTask().WaitAsync(TestHost.Patience);

        (await load.Should().ThrowAsync<InvalidGuestModuleException>().WithMessage($"*{path}*does not start with*")).Which.Offset.Should().Be(0);
    }

    [Fact]
    public async Task LoadAsync_OfAFileWhoseNameNoLogMayShow_NamesTheCallersParameter()
    {
        await using var host = new TestHost();
        var path = Write("a\nb.wasm", TestHost.ReadGuest("empty"));

        var load = () => host.Host.LoadAsync(path).AsTask().WaitAsync(TestHost.Patience);

        (await load.Should().ThrowAsync<ArgumentException>()).WithParameterName("path");
        using var module = await host.Host.LoadAsync(path, "fine");
    }

    [Fact]
    public async Task LoadAsync_Cancelled_EndsTheReading()
    {
        await using var host = new TestHost();
        using var cancellation = new CancellationTokenSource();
        var pipe = new System.IO.Pipelines.Pipe();

        var loading = host.Host.LoadAsync(pipe.Reader.AsStream(), "waiting", cancellationToken: cancellation.Token).AsTask();
        await cancellation.CancelAsync();

        await loading.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<OperationCanceledException>();
    }

    private string Write(string name, byte[] bytes)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private string Make(string kind)
    {
        var path = Path.Combine(_folder, "it");
        switch (kind)
        {
            case "empty":
                File.WriteAllBytes(path, []);
                return path;
            case "pipe":
                MakePipe(path);
                return path;
            case "link to pipe":
                MakePipe(path + " itself");
                File.CreateSymbolicLink(path, path + " itself");
                return path;
            case "link to device":
                File.CreateSymbolicLink(path, "/dev/zero");
                return path;
            default:
                return kind;
        }
    }

    private static void MakePipe(string path)
    {
        using var program = System.Diagnostics.Process.Start("mkfifo", [path]);
        program.WaitForExit();
        program.ExitCode.Should().Be(0);
    }

    // Gives some bytes, then zeros for ever or the end, in pieces.
    internal sealed class Endless(byte[] bytes, int piece, bool isEndless) : Stream
    {
        public long Given { get; private set; }

        public long? SaidLength { get; init; }

        public override bool CanRead => true;

        public override bool CanSeek => SaidLength is not null;

        public override bool CanWrite => false;

        public override long Length => SaidLength ?? throw new NotSupportedException();

        public override long Position { get => Given; set => throw new NotSupportedException(); }

        public override int Read(Span<byte> buffer)
        {
            var count = Math.Min(piece, buffer.Length);
            if (Given < bytes.Length) count = (int)Math.Min(count, bytes.Length - Given);
            else if (!isEndless) return 0;
            if (Given < bytes.Length) bytes.AsSpan((int)Given, count).CopyTo(buffer);
            else buffer[..count].Clear();
            Given += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }
    }
}
