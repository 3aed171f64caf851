using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.KeyValue;
using Xunit;

namespace WasiCloud.Embedding.Tests.KeyValue.Files;

public sealed class KeyValueDirectoryTests : KeyValueMountTestBase
{
    [Fact]
    public async Task Lookup_PrefixOfAKey_IsADirectoryUntilItsLastKeyGoes()
    {
        await PutAsync("a/b/c");

        (await Guest.LookupAsync("a/b")).Value!.Type.Should().Be(FileType.Directory);
        (await Guest.LookupAsync("a/bb")).Error.Should().Be(Errno.NoEnt);
        await DeleteAsync("a/b/c");
        (await Guest.LookupAsync("a")).Error.Should().Be(Errno.NoEnt);
    }

    [Fact]
    public async Task Traverse_Nothing_IsADirectoryInWhichAFileCanBeCreated()
    {
        var directory = (VirtualDirectory)(await Guest.Root.TraverseAsync("a", default)).Value!;
        var deeper = (VirtualDirectory)(await directory.TraverseAsync("b", default)).Value!;

        (await deeper.LookupAsync("c", default)).Error.Should().Be(Errno.NoEnt);
        await new KeyValueGuest(deeper).WriteAsync("c", "value");

        (await GetAsync("a/b/c")).Should().Be("value");
    }

    [Fact]
    public async Task Traverse_File_HasNothingBelow()
    {
        await PutAsync("file");
        var below = (VirtualDirectory)(await Guest.Root.TraverseAsync("file", default)).Value!;
        var deeper = (VirtualDirectory)(await below.TraverseAsync("x", default)).Value!;

        foreach (var directory in new[] { below, deeper })
        {
            (await directory.LookupAsync("y", default)).Error.Should().Be(Errno.NotDir);
            (await directory.RemoveFileAsync("y", default)).Should().Be(Errno.NotDir);
            (await directory.RemoveDirectoryAsync("y", default)).Should().Be(Errno.NotDir);
            (await directory.RenameAsync("y", Guest.Root, "z", default)).Should().Be(Errno.NotDir);
            (await directory.CreateDirectoryAsync("y", default)).Should().Be(Errno.NotDir);
        }
    }

    [Fact]
    public async Task Traverse_ReservedOrTooLong_IsNoDirectory()
    {
        var guest = await KeyValueGuest.AttachAsync(Backend, new() { MaxKeyBytes = 10 });

        (await guest.Root.TraverseAsync(".other", default)).Error.Should().Be(Errno.NoEnt);
        (await guest.Root.TraverseAsync("12345678901", default)).Error.Should().Be(Errno.NameTooLong);
    }

    [Fact]
    public async Task List_Nested_ShowsEachChildOnce()
    {
        foreach (var key in new[] { "a", "b/1", "b/2/x", "b/2/y", "b/3", "c/", "d!", "é" }) await PutAsync(key);

        (await Guest.ListAsync()).Should().Equal("a", "b/", "c/", "d!", "é");
        (await Guest.ListAsync("b")).Should().Equal("1", "2/", "3");
        (await Guest.ListAsync("c")).Should().BeEmpty();
    }

    [Fact]
    public async Task List_SubdirectoriesOfManyKeys_ShowsEachOnceWithFewSeeks()
    {
        var operations = new List<KeyValueOperation>();
        for (var directory = 0; directory < 20; directory++)
        {
            for (var file = 0; file < 300; file++) operations.Add(KeyValueOperation.Put($"d{directory:D2}/f{file:D3}", default));
        }

        await Backend.CommitAsync(new(operations), default);
        await PutAsync("d05");
        await PutAsync("d19/\U0010FFFF/last");
        await PutAsync("e");
        var counting = new CountingBackend(Backend);
        var guest = await KeyValueGuest.AttachAsync(counting);

        var names = await guest.ListAsync();

        // A key that is also a prefix shows once, as the file it is.
        names.Should().Equal(Enumerable.Range(0, 20).Select(number => number == 5 ? "d05" : $"d{number:D2}/").Append("e"));
        counting.Lists.Should().BeLessThanOrEqualTo(21);
        counting.ListedEntries.Should().BeLessThan(21 * 20);
    }

    [Fact]
    public async Task List_ManyFiles_ShowsEachOnce()
    {
        var names = Enumerable.Range(0, 2000).Select(number => $"f{number:D4}").ToList();
        await Backend.CommitAsync(new([.. names.Select(name => KeyValueOperation.Put("a/" + name, default))]), default);

        (await Guest.ListAsync("a")).Should().Equal(names);
    }

    [Fact]
    public async Task List_KeysThatAreNoPaths_AreNotShown()
    {
        foreach (var key in new[] { "/x", "a//x", "a/./x", "a/../x", "a/" + new string('n', 256), "a/n\0", "a/ok" }) await PutAsync(key);

        (await Guest.ListAsync()).Should().Equal("a/");
        (await Guest.ListAsync("a")).Should().Equal("ok");
    }

    [Fact]
    public async Task List_FileAndPrefixOfOneName_ShowsTheFileOnce()
    {
        foreach (var key in new[] { "a", "a!", "a!/x", "a-/y", "a/z" }) await PutAsync(key);

        (await Guest.ListAsync()).Should().Equal("a", "a!", "a-/");
    }

    [Fact]
    public async Task MakeDirectory_New_LastsWhenEmpty()
    {
        (await Guest.MakeDirectoryAsync("a")).Should().Be(Errno.Success);
        (await Guest.MakeDirectoryAsync("a/b")).Should().Be(Errno.Success);
        await Guest.WriteAsync("a/b/c", "x");
        (await Guest.UnlinkAsync("a/b/c")).Should().Be(Errno.Success);

        (await Other.ListAsync("a")).Should().Equal("b/");
        (await Other.ListAsync("a/b")).Should().BeEmpty();
        (await KeysAsync()).Should().Equal("a/", "a/b/");
    }

    [Fact]
    public async Task MakeDirectory_Existing_IsExist()
    {
        await PutAsync("file");
        await PutAsync("implied/x");
        await Guest.MakeDirectoryAsync("made");
        await Guest.OpenAsync("new", FileAccess.Write, create: true);

        foreach (var name in new[] { "file", "implied", "made", "new" }) (await Guest.MakeDirectoryAsync(name)).Should().Be(Errno.Exist, name);
    }

    [Fact]
    public async Task MakeDirectory_ParentBecameAFile_IsNotDir()
    {
        await PutAsync("a/x");
        var parent = (VirtualDirectory)(await Guest.LookupAsync("a")).Value!;
        await DeleteAsync("a/x");
        await PutAsync("a");

        (await parent.CreateDirectoryAsync("b", default)).Should().Be(Errno.NotDir);
    }

    [Fact]
    public async Task RemoveDirectory_Empty_RemovesTheMarker()
    {
        await Guest.MakeDirectoryAsync("a");

        (await Guest.RemoveDirectoryAsync("a")).Should().Be(Errno.Success);

        (await KeysAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task RemoveDirectory_NotPossible_SaysWhy()
    {
        await PutAsync("file");
        await PutAsync("implied/x");
        await Guest.MakeDirectoryAsync("made");
        await Guest.MakeDirectoryAsync("made/sub");
        await Guest.MakeDirectoryAsync("open");
        await Guest.OpenAsync("open/new", FileAccess.Write, create: true);

        (await Guest.RemoveDirectoryAsync("file")).Should().Be(Errno.NotDir);
        (await Guest.RemoveDirectoryAsync("implied")).Should().Be(Errno.NotEmpty);
        (await Guest.RemoveDirectoryAsync("made")).Should().Be(Errno.NotEmpty);
        (await Guest.RemoveDirectoryAsync("open")).Should().Be(Errno.NotEmpty);
        (await Guest.RemoveDirectoryAsync("missing")).Should().Be(Errno.NoEnt);
    }

    [Fact]
    public async Task RemoveDirectory_KeyAppearsMeanwhile_IsNotEmpty()
    {
        await Guest.MakeDirectoryAsync("a");
        var racing = new CountingBackend(Backend) { BeforeCommitWithOperations = () => PutAsync("a/x") };
        var guest = await KeyValueGuest.AttachAsync(racing);

        (await guest.RemoveDirectoryAsync("a")).Should().Be(Errno.NotEmpty);
        (await KeysAsync()).Should().Equal("a/", "a/x");
    }

    [Fact]
    public async Task Unlink_NotAFile_SaysWhy()
    {
        await PutAsync("implied/x");

        (await Guest.UnlinkAsync("implied")).Should().Be(Errno.IsDir);
        (await Guest.UnlinkAsync("missing")).Should().Be(Errno.NoEnt);
    }

    [Theory]
    [InlineData(FileAccess.ReadWrite)]
    [InlineData(FileAccess.Write)]
    public async Task Unlink_OpenForWriting_DescriptorWorksAndCloseDoesNotResurrect(FileAccess access)
    {
        await PutAsync("key", "value");
        var handle = await Guest.OpenAsync("key", access);

        (await Guest.UnlinkAsync("key")).Should().Be(Errno.Success);

        await KeyValueGuest.WriteAsync(handle, "VALUE!");
        var attributes = (await handle.GetAttributesAsync(default)).Value;
        (attributes.Size, attributes.LinkCount).Should().Be((6UL, 0UL));
        (await handle.FlushAsync(default)).Should().Be(Errno.Success);
        await KeyValueGuest.AppendAsync(handle, "x");
        (await KeyValueGuest.CloseAsync(handle)).Should().Be(Errno.Success);
        (await KeysAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task Unlink_InCreation_VanishesAtClose()
    {
        var handle = await Guest.OpenAsync("key", FileAccess.Write, create: true);
        await KeyValueGuest.WriteAsync(handle, "value");

        (await Guest.UnlinkAsync("key")).Should().Be(Errno.Success);

        (await Guest.LookupAsync("key")).Error.Should().Be(Errno.NoEnt);
        (await KeyValueGuest.CloseAsync(handle)).Should().Be(Errno.Success);
        (await KeysAsync()).Should().BeEmpty();
    }
}
