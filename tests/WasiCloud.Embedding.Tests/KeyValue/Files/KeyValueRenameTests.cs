using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.KeyValue;
using Xunit;

namespace WasiCloud.Embedding.Tests.KeyValue.Files;

public sealed class KeyValueRenameTests : KeyValueMountTestBase
{
    [Fact]
    public async Task File_ToNewName_MovesValueAndExpiryInOneCommit()
    {
        var expires = Clock.GetUtcNow().AddHours(1);
        await Backend.CommitAsync(new(KeyValueOperation.Put("a", "value"u8.ToArray(), expires: expires)), default);
        await PutAsync("d/x");

        (await Guest.RenameAsync("a", "d/b")).Should().Be(Errno.Success);

        (await KeysAsync()).Should().Equal("d/b", "d/x");
        var entry = await Backend.GetAsync("d/b", 9, default);
        entry!.Expires.Should().Be(expires);
        await using var changes = Backend.WatchAsync(string.Empty, entry.Revision - 1, default).GetAsyncEnumerator();
        await changes.MoveNextAsync();
        changes.Current.Should().Be(new KeyValueChange("a", KeyValueChangeKind.Delete, entry.Revision));
    }

    [Fact]
    public async Task File_OverFile_Replaces()
    {
        await PutAsync("a", "new");
        await PutAsync("b", "old");

        (await Guest.RenameAsync("a", "b")).Should().Be(Errno.Success);

        (await KeysAsync()).Should().Equal("b");
        (await GetAsync("b")).Should().Be("new");
    }

    [Fact]
    public async Task File_OntoItself_DoesNothing()
    {
        await PutAsync("a", "value");
        var revision = (await Backend.GetAsync("a", 0, default))!.Revision;

        (await Guest.RenameAsync("a", "a")).Should().Be(Errno.Success);

        (await Backend.GetAsync("a", 0, default))!.Revision.Should().Be(revision);
    }

    [Fact]
    public async Task File_ChangedMeanwhile_MovesTheNewValue()
    {
        await PutAsync("a", "old");
        var racing = new CountingBackend(Backend) { BeforeCommitWithOperations = () => PutAsync("a", "new") };
        var guest = await KeyValueGuest.AttachAsync(racing);

        (await guest.RenameAsync("a", "b")).Should().Be(Errno.Success);

        (await KeysAsync()).Should().Equal("b");
        (await GetAsync("b")).Should().Be("new");
    }

    [Fact]
    public async Task File_DeletedMeanwhile_IsNoEnt()
    {
        await PutAsync("a", "old");
        var racing = new CountingBackend(Backend) { BeforeCommitWithOperations = () => DeleteAsync("a") };
        var guest = await KeyValueGuest.AttachAsync(racing);

        (await guest.RenameAsync("a", "b")).Should().Be(Errno.NoEnt);
        (await KeysAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task Rename_Impossible_SaysWhy()
    {
        await PutAsync("file");
        await PutAsync("full/x");
        await PutAsync("directory/y");

        (await Guest.RenameAsync("missing", "new")).Should().Be(Errno.NoEnt);
        (await Guest.RenameAsync("file", "full")).Should().Be(Errno.IsDir);
        (await Guest.RenameAsync("directory", "file")).Should().Be(Errno.NotDir);
        (await Guest.RenameAsync("directory", "full")).Should().Be(Errno.NotEmpty);
        (await Guest.RenameAsync("directory", "directory/sub")).Should().Be(Errno.Inval);
        (await KeysAsync()).Should().Equal("directory/y", "file", "full/x");
    }

    [Fact]
    public async Task Directory_WithKeys_MovesAllInOneCommit()
    {
        await Guest.MakeDirectoryAsync("a");
        await PutAsync("a/1", "one");
        await PutAsync("a/sub/2", new string('x', 10_000));
        await Guest.MakeDirectoryAsync("b");

        (await Guest.RenameAsync("a", "b")).Should().Be(Errno.Success);

        (await KeysAsync()).Should().Equal("b/", "b/1", "b/sub/2");
        (await GetAsync("b/1")).Should().Be("one");
        (await Backend.GetAsync("b/1", 9, default))!.Revision.Should().Be((await Backend.GetAsync("b/sub/2", 0, default))!.Revision);
    }

    [Fact]
    public async Task Directory_OntoItself_Succeeds()
    {
        await PutAsync("a/1");

        (await Guest.RenameAsync("a", "a")).Should().Be(Errno.Success);
        (await KeysAsync()).Should().Equal("a/1");
    }

    [Fact]
    public async Task Directory_KeyAddedMeanwhile_MovesItToo()
    {
        await PutAsync("a/1");
        var racing = new CountingBackend(Backend) { BeforeCommitWithOperations = () => PutAsync("a/2") };
        var guest = await KeyValueGuest.AttachAsync(racing);

        (await guest.RenameAsync("a", "b")).Should().Be(Errno.Success);

        (await KeysAsync()).Should().Equal("b/1", "b/2");
    }

    [Theory]
    [InlineData(1000, Errno.Success)]
    [InlineData(1001, Errno.XDev)]
    public async Task Directory_OfManyKeys_IsXDevBeyondTheLimit(int count, Errno expected)
    {
        await Backend.CommitAsync(new([.. Enumerable.Range(0, count).Select(number => KeyValueOperation.Put($"a/{number:D4}", default))]), default);

        (await Guest.RenameAsync("a", "b")).Should().Be(expected);

        (await Guest.ListAsync(expected == Errno.Success ? "b" : "a")).Should().HaveCount(count);
    }

    [Fact]
    public async Task Directory_BesideOpenFiles_MayTakeWhatTheyLeave()
    {
        await PutAsync("a/1", new string('x', 1000));
        var guest = await KeyValueGuest.AttachAsync(Backend, new() { MaxValueBytes = 4000, MaxOpenBytes = 4000 });
        var handle = await guest.OpenAsync("open", FileAccess.ReadWrite, create: true);
        (await handle.SetSizeAsync(3000, default)).Should().Be(Errno.Success);

        (await guest.RenameAsync("a", "b")).Should().Be(Errno.XDev);
        await KeyValueGuest.CloseAsync(handle);
        (await guest.RenameAsync("a", "b")).Should().Be(Errno.Success);
        (await guest.RenameAsync("b", "a")).Should().Be(Errno.Success, "what the first held was given back");
    }

    [Fact]
    public async Task OpenFile_Renamed_CommitsToItsNewName()
    {
        await PutAsync("a", "value");
        var handle = await Guest.OpenAsync("a", FileAccess.ReadWrite);
        await KeyValueGuest.WriteAsync(handle, "VALUE");

        (await Guest.RenameAsync("a", "b")).Should().Be(Errno.Success);

        (await KeyValueGuest.CloseAsync(handle)).Should().Be(Errno.Success);
        (await KeysAsync()).Should().Equal("b");
        (await GetAsync("b")).Should().Be("VALUE");
    }

    [Fact]
    public async Task OpenFile_Replaced_CommitsNothing()
    {
        await PutAsync("a", "new");
        await PutAsync("b", "old");
        var handle = await Guest.OpenAsync("b", FileAccess.Write);
        await KeyValueGuest.WriteAsync(handle, "OLD");

        await Guest.RenameAsync("a", "b");

        (await KeyValueGuest.CloseAsync(handle)).Should().Be(Errno.Success);
        (await GetAsync("b")).Should().Be("new");
    }

    [Fact]
    public async Task FileInCreation_RenamedOverFile_ReplacesAtClose()
    {
        await PutAsync("final", "old");
        var handle = await Guest.OpenAsync("temporary", FileAccess.ReadWrite, create: true, exclusive: true);
        await KeyValueGuest.WriteAsync(handle, "new");

        (await Guest.RenameAsync("temporary", "final")).Should().Be(Errno.Success);

        (await Guest.LookupAsync("temporary")).Error.Should().Be(Errno.NoEnt);
        (await Other.ReadAsync("final")).Should().Be("old");
        (await KeyValueGuest.CloseAsync(handle)).Should().Be(Errno.Success);
        (await KeysAsync()).Should().Equal("final");
        (await GetAsync("final")).Should().Be("new");
    }

    [Fact]
    public async Task FileInCreation_ItsDirectoryRenamed_Follows()
    {
        await Guest.MakeDirectoryAsync("a");
        var handle = await Guest.OpenAsync("a/new", FileAccess.Write, create: true);
        await KeyValueGuest.WriteAsync(handle, "x");

        (await Guest.RenameAsync("a", "b")).Should().Be(Errno.Success);

        (await KeyValueGuest.CloseAsync(handle)).Should().Be(Errno.Success);
        (await KeysAsync()).Should().Equal("b/", "b/new");
    }
}
