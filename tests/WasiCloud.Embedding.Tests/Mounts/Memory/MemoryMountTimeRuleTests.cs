using System.Buffers;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.Memory;
using Xunit;

namespace WasiCloud.Embedding.Tests.Mounts.Memory;

/// <summary>Which times each operation moves, against a clock that moves only when told.</summary>
public sealed class MemoryMountTimeRuleTests
{
    private static readonly DateTimeOffset s_start = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider _clock = new(s_start);
    private readonly MemoryDirectory _root;

    public MemoryMountTimeRuleTests() => _root = new MemoryTree(new MemoryMountOptions(), _clock).Root;

    [Fact]
    public async Task Create_SetsAllTimesOfFileAndMovesParent()
    {
        _clock.Advance(TimeSpan.FromTicks(1));
        var file = await CreateAsync("a");

        var now = (ulong)(s_start.UtcTicks - DateTime.UnixEpoch.Ticks + 1) * 100;
        (await TimesAsync(file)).Should().Be((now, now, now));
        (await TimesAsync(_root)).Should().Be((now - 100, now, now));
    }

    [Theory]
    [InlineData("read", true, false, false)]
    [InlineData("read at end", false, false, false)]
    [InlineData("write", false, true, true)]
    [InlineData("append", false, true, true)]
    [InlineData("truncate", false, true, true)]
    [InlineData("open truncate", false, true, true)]
    [InlineData("allocate", false, true, true)]
    [InlineData("link", false, false, true)]
    [InlineData("unlink one name", false, false, true)]
    [InlineData("rename", false, false, true)]
    [InlineData("set times", false, false, true)]
    [InlineData("rename onto itself", false, false, false)]
    [InlineData("stat", false, false, false)]
    public async Task Operation_MovesExactlyTheTimesPosixSays(string operation, bool accessed, bool modified, bool changed)
    {
        var file = await CreateAsync("a");
        await _root.LinkAsync(file, "second", default);
        var handle = (await file.OpenAsync(new(FileAccess.ReadWrite), default)).Value!;
        await handle.WriteAsync(new ReadOnlySequence<byte>("content"u8.ToArray()), 0, default);
        var before = await TimesAsync(file);
        _clock.Advance(TimeSpan.FromSeconds(1));

        await RunAsync(operation, file, handle);
        await handle.CloseAsync(CloseReason.Closed, default);

        var after = await TimesAsync(file);
        (after.Accessed > before.Accessed, after.Modified > before.Modified, after.Changed > before.Changed).Should().Be((accessed, modified, changed));
    }

    [Fact]
    public async Task Rename_AcrossDirectories_MovesBothParents()
    {
        await CreateAsync("a");
        await _root.CreateDirectoryAsync("d", default);
        var directory = (MemoryDirectory)(await _root.LookupAsync("d", default)).Value!;
        _clock.Advance(TimeSpan.FromSeconds(1));
        await _root.RenameAsync("a", directory, "a", default);

        (await TimesAsync(_root)).Modified.Should().Be((await TimesAsync(directory)).Modified);
        (await TimesAsync(_root)).Modified.Should().BeGreaterThan((await TimesAsync(_root)).Accessed);
    }

    [Fact]
    public async Task ListingAndReadingLinks_MovesAccessed()
    {
        await _root.CreateSymlinkAsync("link", "target", default);
        var link = (VirtualSymlink)(await _root.LookupAsync("link", default)).Value!;
        var (before, beforeRoot) = (await TimesAsync(link), await TimesAsync(_root));
        _clock.Advance(TimeSpan.FromSeconds(1));
        await link.ReadTargetAsync(default);
        await foreach (var entry in _root.EnumerateAsync(default)) entry.Name.Should().Be("link");

        (await TimesAsync(link)).Should().Match<(ulong Accessed, ulong, ulong)>(after => after.Accessed > before.Accessed);
        (await TimesAsync(_root)).Should().Match<(ulong Accessed, ulong, ulong)>(after => after.Accessed > beforeRoot.Accessed);
    }

    private async Task<VirtualFile> CreateAsync(string name) => (await _root.CreateFileAsync(name, exclusive: true, default)).Value!;

    private static async Task<(ulong Accessed, ulong Modified, ulong Changed)> TimesAsync(VirtualNode node)
    {
        var attributes = (await node.GetAttributesAsync(default)).Value;
        return (attributes.Accessed, attributes.Modified, attributes.Changed);
    }

    private async Task RunAsync(string operation, VirtualFile file, FileHandle handle)
    {
        var bytes = new ReadOnlySequence<byte>(new byte[1]);
        var error = operation switch
        {
            "read" => (await handle.ReadAsync(new byte[1], 0, default)).Error,
            "read at end" => (await handle.ReadAsync(new byte[1], 7, default)).Error,
            "write" => (await handle.WriteAsync(bytes, 0, default)).Error,
            "append" => (await handle.AppendAsync(bytes, default)).Error,
            "truncate" => await handle.SetSizeAsync(7, default),
            "open truncate" => (await file.OpenAsync(new(FileAccess.Write, Truncate: true), default)).Error,
            "allocate" => await handle.AllocateAsync(0, 1, default),
            "link" => await _root.LinkAsync(file, "third", default),
            "unlink one name" => await _root.RemoveFileAsync("second", default),
            "rename" => await _root.RenameAsync("a", _root, "b", default),
            "rename onto itself" => await _root.RenameAsync("a", _root, "second", default),
            "set times" => await file.SetAttributesAsync(default, default),
            _ => (await file.GetAttributesAsync(default)).Error,
        };
        error.Should().Be(Errno.Success);
    }
}
