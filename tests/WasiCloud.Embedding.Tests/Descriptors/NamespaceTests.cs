using FluentAssertions;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.Memory;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Tests.Descriptors;

public class NamespaceTests
{
    private static readonly Suspension s_waiting = Suspension.Allowed(CancellationToken.None);

    [Fact]
    public async Task Walk_IntoAMount_AttachesItOnceAndOnlyThen()
    {
        var mount = new StreamedMount("a", "b");
        var view = View(("/x/y", mount));
        var walk = new PathWalk(new RecentTexts());
        (await walk.ResolveAsync(view.Root, "x", FinalComponent.Follow, s_waiting)).Should().Be(Errno.Success);
        mount.Attached.Should().Be(0);
        foreach (var path in new[] { "x/y/a", "x/y/b", "x/y/../y/a" })
        {
            (await walk.ResolveAsync(view.Root, path, FinalComponent.Follow, s_waiting)).Should().Be(Errno.Success);
            walk.Node!.Value.Mount.Path.Should().Be("/x/y");
        }

        mount.Attached.Should().Be(1);
        (await walk.ResolveAsync(view.Root, "x/y/c/d", FinalComponent.Follow, s_waiting)).Should().Be(Errno.NoEnt);
        walk.Reset();
        view.Release();
    }

    [Fact]
    public async Task Release_OneRootThrows_ReleasesTheOthersAndRethrows()
    {
        var released = 0;
        var failing = new TestMount { OnRelease = () => throw new TimeoutException() };
        var view = View(("/a", failing), ("/b", new TestMount { OnRelease = () => released++ }));
        var walk = new PathWalk(new RecentTexts());
        foreach (var path in new[] { "a", "b" }) await walk.ResolveAsync(view.Root, path, FinalComponent.Follow, s_waiting);
        walk.Reset();

        view.Invoking(it => it.Release()).Should().Throw<TimeoutException>();
        released.Should().Be(1);
        view.Invoking(it => it.Release()).Should().NotThrow("every root is released once");
    }

    [Fact]
    public async Task Walk_ForeignMountAndWaitingForbidden_IsNotCalled()
    {
        var mount = new StreamedMount("a");
        var (view, walk) = (View(("/x", mount)), new PathWalk(new RecentTexts()));
        (await walk.ResolveAsync(view.Root, "x/a", FinalComponent.Follow, Suspension.Forbidden)).Should().Be(Suspension.Required);
        mount.Attached.Should().Be(0);
        await walk.ResolveAsync(view.Root, "x", FinalComponent.Follow, s_waiting);
        (await walk.ResolveAsync(view.Root, "x/a", FinalComponent.Follow, Suspension.Forbidden)).Should().Be(Suspension.Required);
        walk.Reset();
    }

    [Fact]
    public async Task List_NodesWithoutNumbers_HaveTheSameInStatAndReaddir()
    {
        var view = View(("/x", new StreamedMount("a", "b")), ("/x/inner/deep", new StreamedMount()));
        var walk = new PathWalk(new RecentTexts());
        foreach (var directory in new[] { ".", "x", "x/inner" })
        {
            await walk.ResolveAsync(view.Root, directory, FinalComponent.Follow, s_waiting);
            var entries = await ListAsync(walk.TakeNode());
            foreach (var entry in entries.Where(entry => entry.Name != ".."))
            {
                (await walk.ResolveAsync(view.Root, $"{directory}/{entry.Name}", FinalComponent.Follow, s_waiting)).Should().Be(Errno.Success);
                (await FileStatus.GetAsync(walk.Node!.Value, s_waiting)).Value.Inode.Should().Be(entry.Inode, "of {0}/{1}", directory, entry.Name);
            }
        }

        walk.Reset();
    }

    [Fact]
    public async Task List_Overlay_ShowsMountPointsOnceAndInFront()
    {
        var mount = new StreamedMount("a", "inner", "b");
        var view = View(("/", mount), ("/inner/deep", new StreamedMount()), ("/other", new StreamedMount()));
        (await ListAsync(view.Root)).Select(entry => entry.Name).Should().Equal(".", "..", "inner", "other", "a", "b");
    }

    [Fact]
    public async Task List_OverlayOverMemory_IsSynchronousAndContinuesAtEveryCookie()
    {
        var view = View(("/", new MemoryMount()), ("/x", new StreamedMount()), ("/y", new StreamedMount()));
        var root = view.Root;
        var directory = (await ((NamespaceDirectory)root.Node).GetUnderlyingAsync(CancellationToken.None))!;
        foreach (var name in new[] { "x", "a", "b", "c" }) await directory.CreateDirectoryAsync(name, CancellationToken.None);
        var opened = await DirectoryListing.OpenAsync(root, Suspension.Forbidden);
        opened.Error.Should().Be(Errno.Success);
        var all = await ReadAsync(opened.Value!, 0, Suspension.Forbidden);
        all.Select(entry => entry.Name).Should().Equal(".", "..", "x", "y", "a", "b", "c");
        for (var index = 0; index < all.Count; index++)
            (await ReadAsync(opened.Value!, all[index].Next, Suspension.Forbidden)).Should().Equal(all.Skip(index + 1));
        view.Release();
    }

    [Fact]
    public async Task List_Streamed_KeepsTheWindowAndRestartsBehindIt()
    {
        var mount = new StreamedMount([.. Enumerable.Range(0, 50).Select(number => $"n{number}")]);
        var view = View(("/x", mount));
        var walk = new PathWalk(new RecentTexts());
        await walk.ResolveAsync(view.Root, "x", FinalComponent.Follow, s_waiting);
        var listing = (await DirectoryListing.OpenAsync(walk.TakeNode(), s_waiting)).Value!;
        for (var cookie = 2UL; cookie <= 20; cookie++) (await listing.ReadAsync(cookie, s_waiting)).Value.Next.Should().Be(cookie + 1);
        listing.Trim(15);
        (await listing.ReadAsync(16, s_waiting)).Value.Name.Should().Be("n14");
        (await listing.ReadAsync(30, s_waiting)).Value.Name.Should().Be("n28");
        mount.Enumerations.Should().Be(1);
        listing.Trim(25);
        (await listing.ReadAsync(2, s_waiting)).Value.Name.Should().Be("n0");
        mount.Enumerations.Should().Be(2);
        (await listing.ReadAsync(52, s_waiting)).Error.Should().Be(Errno.NoEnt);
        (await listing.ReadAsync(51, s_waiting)).Value.Name.Should().Be("n49");
        mount.Enumerating.Should().BeLessThanOrEqualTo(1);
        await listing.DisposeAsync();
        mount.Enumerating.Should().Be(0);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("/x/")]
    [InlineData("//x")]
    [InlineData("/x/../y")]
    [InlineData("/./x")]
    [InlineData("/x\0")]
    public void MountTable_BadPath_Throws(string path) => FluentActions.Invoking(() => View((path, new StreamedMount()))).Should().Throw<ArgumentException>();

    [Fact]
    public void MountTable_TwoAtOnePlace_Throws() =>
        FluentActions.Invoking(() => View(("/x", new StreamedMount()), ("/x", new StreamedMount()))).Should().Throw<InvalidOperationException>();

    private static InvocationNamespace View(params (string Path, IVirtualMount Mount)[] mounts) =>
        new(new MountTable(mounts.Select(mount => (mount.Path, FileAccess.ReadWrite, mount.Mount))), new InvocationContext { Id = "test" });

    private static async Task<List<ListedEntry>> ListAsync(NodeReference directory)
    {
        var listing = (await DirectoryListing.OpenAsync(directory, s_waiting)).Value!;
        var entries = await ReadAsync(listing, 0, s_waiting);
        await listing.DisposeAsync();
        return entries;
    }

    private static async Task<List<ListedEntry>> ReadAsync(DirectoryListing listing, ulong cookie, Suspension suspension)
    {
        var entries = new List<ListedEntry>();
        while ((await listing.ReadAsync(cookie, suspension)) is { Error: Errno.Success } result)
        {
            entries.Add(result.Value);
            cookie = result.Value.Next;
        }

        return entries;
    }
}
