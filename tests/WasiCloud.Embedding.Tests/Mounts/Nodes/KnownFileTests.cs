using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Hosting.Streams;
using WasiCloud.Embedding.Mounts.Nodes;
using Xunit;

namespace WasiCloud.Embedding.Tests.Mounts.Nodes;

public sealed class KnownFileTests
{
    private readonly BytesFile _file = new("content"u8.ToArray(), modified: 42);

    [Fact]
    public async Task BytesFile_Stat_HasSizeAndTime()
    {
        var attributes = await _file.GetAttributesAsync(CancellationToken.None);

        attributes.Value.Should().Be(new NodeAttributes(7, Accessed: 42, Modified: 42, Changed: 42));
    }

    [Theory]
    [InlineData(FileAccess.Write, false)]
    [InlineData(FileAccess.ReadWrite, false)]
    [InlineData(FileAccess.Read, true)]
    public async Task BytesFile_OpenToChange_IsRoFs(FileAccess access, bool truncate) =>
        (await _file.OpenAsync(new FileOpenOptions(access, truncate), CancellationToken.None)).Error.Should().Be(Errno.RoFs);

    [Theory]
    [InlineData(0, "content")]
    [InlineData(4, "ent")]
    [InlineData(7, "")]
    [InlineData(long.MaxValue, "")]
    public async Task BytesFile_ReadAtOffset_GivesTheRest(long offset, string expected)
    {
        (await _file.OpenAsync(new FileOpenOptions(FileAccess.Read), CancellationToken.None)).TryGet(out var handle);
        var buffer = new byte[10];

        var count = await handle!.ReadAsync(buffer, offset, CancellationToken.None);

        handle.CanSeek.Should().BeTrue();
        Encoding.ASCII.GetString(buffer, 0, count.Value).Should().Be(expected);
    }

    [Fact]
    public async Task BytesFile_TwoOpens_AreIndependent()
    {
        (await _file.OpenAsync(new FileOpenOptions(FileAccess.Read), CancellationToken.None)).TryGet(out var first);
        (await _file.OpenAsync(new FileOpenOptions(FileAccess.Read), CancellationToken.None)).TryGet(out var second);

        (await HandleCalls.ReadTextAsync(first!)).Should().Be("content");
        (await HandleCalls.ReadTextAsync(second!)).Should().Be("content");
    }

    [Fact]
    public async Task EmptyFile_Read_IsAtTheEnd()
    {
        var file = new EmptyFile();
        (await file.OpenAsync(new FileOpenOptions(FileAccess.Read), CancellationToken.None)).TryGet(out var handle);

        file.Type.Should().Be(FileType.CharacterDevice);
        handle!.CanSeek.Should().BeFalse();
        (await HandleCalls.ReadTextAsync(handle)).Should().BeEmpty();
        (await handle.ReadAsync(new byte[1], 0, CancellationToken.None)).Value.Should().Be(0);
    }

    [Fact]
    public async Task DescriptorFile_OpenTwice_IsBusy()
    {
        var handle = new LogHandle(_ => { }, new LogAllowance(LogLimits.None, TimeProvider.System, (_, _) => { }), new TailBuffer()) { IsWanted = false };
        var file = new DescriptorFile(handle);

        file.Type.Should().Be(FileType.CharacterDevice);
        (await file.OpenAsync(new FileOpenOptions(FileAccess.Write), CancellationToken.None)).Value.Should().BeSameAs(handle);
        (await file.OpenAsync(new FileOpenOptions(FileAccess.Write), CancellationToken.None)).Error.Should().Be(Errno.Busy);
    }
}
