using System.Globalization;
using Xunit;

namespace WasiCloud.Embedding.Programs.Tests;

/// <summary>Files over 4 GiB and the limits before them; the guest is <c>largefile</c>.</summary>
public sealed class LargeFileTests(ProgramHost host) : IClassFixture<ProgramHost>
{
    [Theory]
    [InlineData(ProgramHost.Memory)]
    [InlineData(ProgramHost.HostDirectory)]
    public async Task SparseFile_OverFourGibibytes_Works(string mount) =>
        (await host.RunAsync("largefile", "sparse", await host.CreatePlaceAsync(mount))).Succeeds();

    [Fact]
    public async Task Memory_AtItsLimits_IsFBigOrNoSpcAndLosesNothing() =>
        (await RunAsync("limits", ProgramHost.LimitedMemory, ProgramHost.MaxFileBytes, ProgramHost.MaxBytes)).Succeeds();

    [Fact]
    public async Task Value_OverItsLimits_IsFBigOrNoMem() =>
        (await RunAsync("values", ProgramHost.LimitedValues, ProgramHost.MaxValueBytes, ProgramHost.MaxOpenBytes)).Succeeds();

    private async Task<ProgramResult> RunAsync(string command, string mount, long length, long bytes) => await host.RunAsync(
        "largefile", command, await host.CreatePlaceAsync(mount), length.ToString(CultureInfo.InvariantCulture), bytes.ToString(CultureInfo.InvariantCulture));
}
