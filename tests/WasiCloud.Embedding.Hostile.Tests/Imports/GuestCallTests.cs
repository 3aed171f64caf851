using CsCheck;
using FluentAssertions;
using WasiCloud.Embedding.Fuzz;
using WasiCloud.Embedding.Fuzz.Modules;
using WasiCloud.Embedding.Fuzz.Soak;
using Xunit;
using Operation = WasiCloud.Embedding.Fuzz.Modules.CallAnything.Operation;

namespace WasiCloud.Embedding.Hostile.Tests.Imports;

/// <summary>The same through the engine: a guest that imports every function and does what a program says, each time in a new instance.</summary>
public sealed class GuestCallTests : IAsyncLifetime
{
    private static readonly TimeSpan s_short = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_long = TimeSpan.FromMinutes(1);

    private FuzzHost Host { get; } = new();

    private GuestModule _anything = null!;

    public async Task InitializeAsync() => _anything = await Host.Host.LoadAsync(CallAnything.Build(), "anything");

    public async Task DisposeAsync()
    {
        _anything.Dispose();
        await Host.DisposeAsync();
    }

    [Fact]
    public async Task RandomPrograms_InNewInstances_EndInAKnownWayAndLeaveNothing()
    {
        var endings = new HashSet<string>(StringComparer.Ordinal);
        await Property.HoldsAsync(
            Gen.Int,
            async seed =>
            {
                var ending = await RunAsync(SoakGuests.RandomProgram(new Random(seed)), s_short);
                endings.Add(ending.Split(':')[0]);
                ending.Should().NotContain(" ", "it is not the text of an exception that nobody promised").And.NotBe(
                    FormattableString.Invariant($"exit:{CallAnything.NotAnErrno}"));
            },
            Effort.Of(20_000),
            seed => seed.ToString(System.Globalization.CultureInfo.InvariantCulture));

        endings.Should().Contain([Ending.Ok, "trap", "exit"]);
        (Host.Ledger.Nodes, Host.Ledger.Handles).Should().Be((0, 0));
        (await Host.CountFreeSlotsAsync(_anything)).Should().Be(FuzzHost.Slots);
    }

    [Theory]
    [InlineData("Trap", Ending.Unreachable)]
    [InlineData("Recurse", Ending.StackOverflow)]
    [InlineData("ExitDeep", "exit:3")]
    [InlineData("Loop", Ending.Time)]
    public async Task Operation_OfTheGuest_EndsAsItsNameSays(string operation, string ending)
    {
        var timeout = ending == Ending.Time ? s_short : s_long;

        (await RunAsync(CallAnything.Record(Enum.Parse<Operation>(operation)), timeout)).Should().Be(ending);
    }

    [Fact]
    public async Task Program_OfEveryFunctionWithZeros_CallsThemAll()
    {
        var exit = Find("proc_exit");
        byte[] program = [.. Enumerable.Range(0, Embedding.Preview1.Preview1Functions.Table.Functions.Count).Where(index => Name(index) != "proc_exit")
            .SelectMany(index => CallAnything.Record((Operation)index))];

        // The exit at the end is reached only if each of the others has returned an errno.
        (await RunAsync([.. program, .. CallAnything.Record((Operation)exit, 42)], s_long)).Should().Be("exit:42");
    }

    private static string Name(int index) => Embedding.Preview1.Preview1Functions.Table.Functions[index].Name;

    private static int Find(string name) => Enumerable.Range(0, Embedding.Preview1.Preview1Functions.Table.Functions.Count).First(index => Name(index) == name);

    private Task<string> RunAsync(byte[] program, TimeSpan timeout) => Host.RunAsync(_anything, FuzzHost.WithProgram(program, timeout));
}
