using FluentAssertions;
using Xunit;

namespace WasiCloud.Embedding.Programs.Tests;

/// <summary>Directories of 10,000 entries; the guest is <c>directory</c>.</summary>
public sealed class DirectoryTests(ProgramHost host) : IClassFixture<ProgramHost>
{
    [Theory]
    [InlineData(ProgramHost.Memory)]
    [InlineData(ProgramHost.HostDirectory)]
    [InlineData(ProgramHost.Values)]
    [InlineData(ProgramHost.StoredValues)]
    public Task Listing_InSmallWindows_ShowsEachOnce(string mount) => SucceedsAsync(mount, "windows", "10000");

    [Theory]
    [InlineData(ProgramHost.Memory)]
    [InlineData(ProgramHost.HostDirectory)]
    [InlineData(ProgramHost.Values)]
    public Task Listing_WhileTheGuestChangesIt_ShowsWhatStaysOnce(string mount) => SucceedsAsync(mount, "churn", "10000");

    // Not for values, whose positions count entries (docs/filesystem.md).
    [Theory]
    [InlineData(ProgramHost.Memory)]
    [InlineData(ProgramHost.HostDirectory)]
    public Task Position_AfterChangesBeforeIt_LeadsToTheSameEntry(string mount) => SucceedsAsync(mount, "seek", "4000");

    [Theory]
    [InlineData(ProgramHost.Memory)]
    [InlineData(ProgramHost.HostDirectory)]
    [InlineData(ProgramHost.Values)]
    public Task Tree_OfTenThousandFiles_IsWalkedAndRemoved(string mount) => SucceedsAsync(mount, "tree", "100");

    [Theory]
    [InlineData(ProgramHost.Memory)]
    [InlineData(ProgramHost.HostDirectory)]
    [InlineData(ProgramHost.Values)]
    [InlineData(ProgramHost.StoredValues)]
    public async Task Listing_WhileAnotherGuestChangesIt_ShowsWhatStaysOnce(string mount)
    {
        var place = await host.CreatePlaceAsync(mount);
        var results = await Task.WhenAll(host.RunAsync("directory", "watch", place, "10000"), host.RunAsync("directory", "disturb", place));
        foreach (var result in results) result.Succeeds();
    }

    private async Task SucceedsAsync(string mount, string command, string count)
    {
        var place = await host.CreatePlaceAsync(mount);
        (await host.RunAsync("directory", command, place, count)).Succeeds();
        host.HostFiles.Where(file => file.FullName.Contains(Path.GetFileName(place) + "/")).Should().BeEmpty("the guest removes what it makes");
    }
}
