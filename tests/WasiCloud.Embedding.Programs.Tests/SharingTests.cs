using System.Globalization;
using FluentAssertions;
using Xunit;

namespace WasiCloud.Embedding.Programs.Tests;

/// <summary>100 instances at one time in one directory; the guest is <c>shared</c>.</summary>
public sealed class SharingTests(ProgramHost host) : IClassFixture<ProgramHost>
{
    private const int Instances = 100;

    [Theory]
    [InlineData(ProgramHost.Memory)]
    [InlineData(ProgramHost.HostDirectory)]
    [InlineData(ProgramHost.Values)]
    [InlineData(ProgramHost.StoredValues)]
    public async Task Counter_UnderALockFile_LosesNoUpdate(string mount)
    {
        var place = await PrepareAsync(mount);
        await RunAllAsync("lock", place, times: 5);
        (await RunAsync("total", place, Instances, 5)).Succeeds();
    }

    [Theory]
    [InlineData(ProgramHost.Memory)]
    [InlineData(ProgramHost.HostDirectory)]
    [InlineData(ProgramHost.Values)]
    [InlineData(ProgramHost.StoredValues)]
    public async Task ExclusiveCreation_OfOneName_SucceedsOnce(string mount)
    {
        var place = await PrepareAsync(mount);
        var results = await RunAllAsync("claim", place, times: 200);
        results.SelectMany(result => result.Lines).Where(line => line.StartsWith("claimed ", StringComparison.Ordinal)).Order(StringComparer.Ordinal)
            .Should().Equal(Enumerable.Range(0, 200).Select(number => $"claimed {number}").Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(ProgramHost.Memory)]
    [InlineData(ProgramHost.HostDirectory)]
    [InlineData(ProgramHost.Values)]
    [InlineData(ProgramHost.StoredValues)]
    public async Task Append_FromManyGuests_KeepsEveryRecord(string mount)
    {
        var place = await PrepareAsync(mount);
        await RunAllAsync("append", place, times: 50);
        (await RunAsync("verify", place, Instances, 50)).Succeeds();
    }

    [Theory]
    [InlineData(ProgramHost.Memory)]
    [InlineData(ProgramHost.HostDirectory)]
    [InlineData(ProgramHost.Values)]
    [InlineData(ProgramHost.StoredValues)]
    public async Task Rename_OverAFileThatIsRead_IsNeverTornOrMissing(string mount)
    {
        var place = await PrepareAsync(mount);
        var guests = await StartAllAsync(place, id => id % 2 == 0 ? ("replace", id + 1, int.MaxValue) : ("observe", id + 1, 20));
        var readers = await Task.WhenAll(guests.Where((_, id) => id % 2 == 1));
        await host.CreateFileAsync(place, "done");

        foreach (var result in readers.Concat(await Task.WhenAll(guests))) result.Succeeds();
    }

    [Theory]
    [InlineData(ProgramHost.Values)]
    [InlineData(ProgramHost.StoredValues)]
    public async Task CompareAndSwap_OfOneValue_LosesNoUpdate(string mount)
    {
        var place = await PrepareAsync(mount);
        await RunAllAsync("swap", place, times: 10);
        (await RunAsync("total", place, Instances, 10)).Succeeds();
    }

    private async Task<string> PrepareAsync(string mount)
    {
        var place = await host.CreatePlaceAsync(mount);
        (await RunAsync("prepare", place, 0, 0)).Succeeds();
        return place;
    }

    private async Task<ProgramResult[]> RunAllAsync(string command, string place, int times)
    {
        var results = await Task.WhenAll(await StartAllAsync(place, id => (command, id, times)));
        foreach (var result in results) result.Succeeds();
        return results;
    }

    /// <summary>Lets the instances begin when all of them are there.</summary>
    private async Task<Task<ProgramResult>[]> StartAllAsync(string place, Func<int, (string Command, int Id, int Times)> select)
    {
        var outputs = Enumerable.Range(0, Instances).Select(_ => new ProgramOutput()).ToArray();
        var guests = outputs.Select((output, id) => RunAsync(select(id), place, output)).ToArray();
        await Task.WhenAll(outputs.Zip(guests, (output, guest) => Task.WhenAny(output.WaitForAsync("ready"), guest)));
        await host.CreateFileAsync(place, "start");
        return guests;
    }

    private Task<ProgramResult> RunAsync(string command, string place, int id, int times) => RunAsync((command, id, times), place, output: null);

    private Task<ProgramResult> RunAsync((string Command, int Id, int Times) program, string place, ProgramOutput? output) => host.RunAsync(
        "shared", input: null, output, program.Command, place, program.Id.ToString(
            CultureInfo.InvariantCulture), program.Times.ToString(CultureInfo.InvariantCulture));
}
