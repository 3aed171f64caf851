using Xunit;

namespace WasiCloud.Embedding.Programs.Tests;

/// <summary>Renaming and unlinking what is open, appending from several descriptors, <c>fd_renumber</c>; the guest is <c>openfile</c>.</summary>
public sealed class OpenFileTests(ProgramHost host) : IClassFixture<ProgramHost>
{
    [Theory]
    [InlineData(ProgramHost.Memory)]
    [InlineData(ProgramHost.HostDirectory)]
    public Task OpenFile_WhoseNameChanges_IsAsPosixSays(string mount) => SucceedsAsync("posix", mount);

    [Theory]
    [InlineData(ProgramHost.Values)]
    [InlineData(ProgramHost.StoredValues)]
    public Task OpenValue_WhoseNameChanges_CommitsWhereItIsOrNowhere(string mount) => SucceedsAsync("values", mount);

    private async Task SucceedsAsync(string command, string mount) =>
        (await host.RunAsync("openfile", command, await host.CreatePlaceAsync(mount))).Succeeds();
}
