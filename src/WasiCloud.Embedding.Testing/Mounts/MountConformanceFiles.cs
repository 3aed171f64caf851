#pragma warning disable CS1591 // The tests' names say what they are about.
using System.Buffers;
using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using Xunit;

namespace WasiCloud.Embedding.Testing.Mounts;

/// <summary>Regular files: creation, reading, writing, appending, lengths.</summary>
public abstract class MountConformanceFiles : MountConformance
{
    [Fact]
    public async Task CreateFile_NewName_GivesEmptyRegularFile()
    {
        var file = await MakeFileAsync(Root, "a");

        file.Type.Should().Be(FileType.RegularFile);
        (await AttributesAsync(file)).Should().Match<NodeAttributes>(attributes => attributes.Size == 0 && attributes.LinkCount == 1);
        (await GetAsync<VirtualFile>(Root, "a")).Type.Should().Be(FileType.RegularFile);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task CreateFile_ExistingName_IsExistAndKeepsContent(bool exclusive)
    {
        await MakeFileAsync(Root, "a", "kept");

        (await Root.CreateFileAsync("a", exclusive, default)).Error.Should().Be(Errno.Exist);
        (await ReadTextAsync(Root, "a")).Should().Be("kept");
    }

    [Fact]
    public async Task CreateFile_NameOfDirectory_IsExist()
    {
        await MakeDirectoryAsync(Root, "d");

        (await Root.CreateFileAsync("d", exclusive: false, default)).Error.Should().Be(Errno.Exist);
    }

    [Fact]
    public async Task Write_Overlapping_ReplacesOnlyItsBytes()
    {
        var handle = await OpenAsync(await MakeFileAsync(Root, "a"));
        await WriteAsync(handle, "hello world", 0);
        await WriteAsync(handle, "J", 0);
        await WriteAsync(handle, "there!", 6);

        Encoding.UTF8.GetString(await ReadAllAsync(handle)).Should().Be("Jello there!");
        await CloseAsync(handle);
    }

    [Fact]
    public async Task Write_SeveralSegments_StoresThemInOrder()
    {
        var handle = await OpenAsync(await MakeFileAsync(Root, "a"));

        (await handle.WriteAsync(Segments("one ", "two ", "three"), 0, default)).Value.Should().Be(13);
        (await handle.AppendAsync(Segments(" four", " five"), default)).Value.Should().Be(23);
        Encoding.UTF8.GetString(await ReadAllAsync(handle)).Should().Be("one two three four five");
        await CloseAsync(handle);
    }

    [Fact]
    public async Task Write_AcrossManyPages_ReadsBackAtEveryOffset()
    {
        var content = new byte[300_001];
        for (var index = 0; index < content.Length; index++) content[index] = (byte)((index * 31) >> 3);
        var handle = await OpenAsync(await MakeFileAsync(Root, "a"));
        await handle.WriteAsync(new ReadOnlySequence<byte>(content), 0, default);

        foreach (var offset in new[] { 0, 1, 4095, 65_535, 65_536, 131_071, 200_000, 300_000 })
        {
            (await ReadAllAsync(handle, offset)).AsSpan().SequenceEqual(content.AsSpan(offset)).Should().BeTrue($"offset {offset}");
        }

        await CloseAsync(handle);
    }

    [Fact]
    public async Task Read_AtOrPastEnd_IsZeroBytes()
    {
        var handle = await OpenAsync(await MakeFileAsync(Root, "a", "abc"), FileAccess.Read);
        var buffer = new byte[8];

        (await handle.ReadAsync(buffer, 3, default)).Should().Be((FsResult<int>)0);
        (await handle.ReadAsync(buffer, 1L << 40, default)).Should().Be((FsResult<int>)0);
        (await handle.ReadAsync(buffer, 1, default)).Should().Be((FsResult<int>)2);
        await CloseAsync(handle);
    }

    [Fact]
    public async Task Write_BeyondEnd_LeavesGapOfZeros()
    {
        var file = await MakeFileAsync(Root, "a");
        var handle = await OpenAsync(file);
        await WriteAsync(handle, "x", 100_000);

        (await AttributesAsync(file)).Size.Should().Be(100_001);
        var content = await ReadAllAsync(handle);
        content.Take(100_000).Should().OnlyContain(value => value == 0);
        content[^1].Should().Be((byte)'x');
        await CloseAsync(handle);
    }

    [Fact]
    public async Task Write_FourGibibytesAhead_CostsNothingAndReadsBack()
    {
        var file = await MakeFileAsync(Root, "sparse");
        var handle = await OpenAsync(file);
        const long far = 4L << 30;
        await WriteAsync(handle, "end", far);

        (await AttributesAsync(file)).Size.Should().Be(far + 3);
        (await ReadAllAsync(handle, far)).Should().Equal("end"u8.ToArray());
        var middle = new byte[3];
        (await handle.ReadAsync(middle, far / 2, default)).Value.Should().Be(3);
        middle.Should().Equal(0, 0, 0);
        await CloseAsync(handle);
    }

    [Fact]
    public async Task SetSize_ShrinkThenGrow_ReadsZerosWhereContentWas()
    {
        var file = await MakeFileAsync(Root, "a", "abcdef");
        var handle = await OpenAsync(file);

        (await handle.SetSizeAsync(2, default)).Should().Be(Errno.Success);
        (await AttributesAsync(file)).Size.Should().Be(2);
        (await handle.SetSizeAsync(5, default)).Should().Be(Errno.Success);
        (await ReadAllAsync(handle)).Should().Equal((byte)'a', (byte)'b', 0, 0, 0);
        await CloseAsync(handle);
    }

    [Fact]
    public async Task SetSize_ReadOnlyHandle_IsRefused()
    {
        var handle = await OpenAsync(await MakeFileAsync(Root, "a", "abc"), FileAccess.Read);

        (await handle.SetSizeAsync(0, default)).Should().BeOneOf(Errno.Inval, Errno.BadF);
        (await ReadTextAsync(Root, "a")).Should().Be("abc");
        await CloseAsync(handle);
    }

    [Fact]
    public async Task Open_Truncate_EmptiesFileForEveryHandle()
    {
        var file = await MakeFileAsync(Root, "a", "abc");
        var before = await OpenAsync(file, FileAccess.Read);
        var handle = await OpenAsync(file, FileAccess.Write, truncate: true);

        (await ReadAllAsync(before)).Should().BeEmpty();
        (await AttributesAsync(file)).Size.Should().Be(0);
        await CloseAsync(before);
        await CloseAsync(handle);
    }

    [Fact]
    public async Task Handle_WithoutTheAccess_IsBadF()
    {
        var file = await MakeFileAsync(Root, "a", "abc");
        var reader = await OpenAsync(file, FileAccess.Read);
        var writer = await OpenAsync(file, FileAccess.Write);
        var one = new ReadOnlySequence<byte>(new byte[1]);

        (await reader.WriteAsync(one, 0, default)).Error.Should().Be(Errno.BadF);
        (await reader.AppendAsync(one, default)).Error.Should().Be(Errno.BadF);
        (await writer.ReadAsync(new byte[1], 0, default)).Error.Should().Be(Errno.BadF);
        await CloseAsync(reader);
        await CloseAsync(writer);
    }

    [Fact]
    public async Task Append_TwoHandles_EachGoesToTheEnd()
    {
        var file = await MakeFileAsync(Root, "log", "0");
        var first = await OpenAsync(file, FileAccess.Write);
        var second = await OpenAsync(file, FileAccess.Write);

        (await first.AppendAsync(Segments("11"), default)).Value.Should().Be(3);
        (await second.AppendAsync(Segments("222"), default)).Value.Should().Be(6);
        (await first.AppendAsync(Segments("3"), default)).Value.Should().Be(7);
        (await ReadTextAsync(Root, "log")).Should().Be("0112223");
        await CloseAsync(first);
        await CloseAsync(second);
    }

    [Fact]
    public async Task Flush_OpenFile_Succeeds()
    {
        var handle = await OpenAsync(await MakeFileAsync(Root, "a", "abc"));

        (await handle.FlushAsync(default)).Should().Be(Errno.Success);
        await CloseAsync(handle);
    }

    [Fact]
    public async Task Allocate_BeyondEnd_ExtendsWithZerosOrIsNotSup()
    {
        var file = await MakeFileAsync(Root, "a", "abc");
        var handle = await OpenAsync(file);

        var error = await handle.AllocateAsync(0, 10, default);
        error.Should().BeOneOf(Errno.Success, Errno.NotSup);
        (await AttributesAsync(file)).Size.Should().Be(error == Errno.Success ? 10UL : 3UL);
        await CloseAsync(handle);
    }

    [Fact]
    public async Task Write_ByOneInvocation_IsSeenByAnother()
    {
        await MakeFileAsync(Root, "shared", "content");

        (await ReadTextAsync(await AttachAsync(), "shared")).Should().Be("content");
    }

    private static ReadOnlySequence<byte> Segments(params string[] texts)
    {
        Segment? first = null, last = null;
        foreach (var text in texts)
        {
            last = new Segment(Encoding.UTF8.GetBytes(text), last);
            first ??= last;
        }

        return new ReadOnlySequence<byte>(first!, 0, last!, last!.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(byte[] bytes, Segment? previous)
        {
            Memory = bytes;
            if (previous is null) return;
            RunningIndex = previous.RunningIndex + previous.Memory.Length;
            previous.Next = this;
        }
    }
}
