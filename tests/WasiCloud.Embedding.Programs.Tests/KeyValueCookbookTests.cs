using System.Globalization;
using System.Text;
using System.Text.Json;
using FluentAssertions;
using WasiCloud.Embedding.KeyValue;
using Xunit;

namespace WasiCloud.Embedding.Programs.Tests;

/// <summary>
/// The recipes of docs/cookbook.md, with many guests at once and with others that come first; the guests are <c>transfer</c>, <c>locked_counter</c>,
/// <c>watcher</c> and <c>once</c>.
/// </summary>
public sealed class KeyValueCookbookTests(ProgramHost host) : IClassFixture<ProgramHost>
{
    private const int Guests = 50;

    [Theory]
    [InlineData(ProgramHost.Values)]
    [InlineData(ProgramHost.StoredValues)]
    public async Task Transfer_ByManyGuests_ArrivesOnceEach(string scope)
    {
        const int Accounts = 4, Times = 8, Opening = 10_000;
        var place = await KeyValuePlace.CreateAsync(host, scope);
        var expected = new long[Accounts];
        for (var account = 0; account < Accounts; account++) await place.PutAsync(Account(account), expected[account] = Opening);
        var transfers = Enumerable.Range(0, Guests * Times)
            .Select(number => (From: number % Accounts, To: (number + 1 + (number % 3)) % Accounts, Amount: 1 + (number % 7))).ToArray();
        foreach (var (from, to, amount) in transfers) (expected[from], expected[to]) = (expected[from] - amount, expected[to] + amount);

        var results = await Task.WhenAll(transfers.Select(transfer => TransferAsync(place, Account(transfer.From), Account(transfer.To), transfer.Amount)));

        foreach (var (result, transfer) in results.Zip(transfers))
            Lines(result).Should().ContainSingle().Which.Should().StartWith($"moved {transfer.Amount} in attempt ");
        for (var account = 0; account < Accounts; account++) (await place.GetNumberAsync(Account(account))).Should().Be(expected[account]);
        expected.Sum().Should().Be(Accounts * Opening);
    }

    [Fact]
    public async Task Transfer_SomebodyElseIsFirst_TriesAgain()
    {
        var place = await OpenAccountsAsync(ProgramHost.DisturbedValues);
        DisturbCommitsOf(place.Key("ada"), times: 1, (others, _) => PutAsync(others, place.Key("ada"), "60"));

        Lines(await TransferAsync(place, "ada", "bob", 5)).Should().Equal("moved 5 in attempt 2");

        (await place.GetNumberAsync("ada"), await place.GetNumberAsync("bob")).Should().Be((55, 105), "what the other wrote is what counts");
    }

    [Fact]
    public async Task Transfer_SomebodyElseIsAlwaysFirst_GivesUp()
    {
        var place = await OpenAccountsAsync(ProgramHost.DisturbedValues);
        var disturbances = DisturbCommitsOf(place.Key("ada"), times: int.MaxValue, (others, _) => PutAsync(others, place.Key("ada"), "100"));

        Fails(await TransferAsync(place, "ada", "bob", 5)).Should().Be($"{place.Scope}/.tx/commit: Stale file handle");

        disturbances().Should().Be(1000);
        (await place.GetNumberAsync("ada"), await place.GetNumberAsync("bob")).Should().Be((100, 100));
    }

    [Theory]
    [InlineData("nobody", "bob", "5", "place/nobody: No such file or directory")]
    [InlineData("ada", "nobody", "5", "place/nobody: No such file or directory")]
    [InlineData("ada", "bob", "101", "place/ada: Result not representable")]
    [InlineData("ada", "rich", "5", "place/rich: Result not representable")]
    [InlineData("ada", "text", "5", "place/text: Invalid argument")]
    [InlineData("ada", "bob", "-5", "AMOUNT: Invalid argument")]
    [InlineData("ada", "bob", "5 ", "AMOUNT: Invalid argument")]
    public async Task Transfer_ThatCannotBe_ChangesNothing(string from, string to, string amount, string reason)
    {
        var place = await OpenAccountsAsync(ProgramHost.Values);
        await place.PutAsync("rich", long.MaxValue);
        await place.PutAsync("text", "much");

        Fails(await place.RunAsync("transfer", place.Key(from), place.Key(to), amount)).Replace(place.Key(string.Empty), "place/", StringComparison.Ordinal)
            .Should().Be(reason);

        (await place.GetNumberAsync("ada"), await place.GetNumberAsync("bob"), await place.GetAsync("nobody")).Should().Be((100, 100, null));
    }

    [Theory]
    [InlineData("ada", "ada")]
    [InlineData("ada", "./ada")]
    public async Task Transfer_ToTheSameAccount_MakesNoMoney(string from, string to)
    {
        var place = await OpenAccountsAsync(ProgramHost.Values);
        Lines(await TransferAsync(place, from, to, 5)).Should().Equal("moved 5 in attempt 1");
        (await place.GetNumberAsync("ada")).Should().Be(100);
    }

    [Theory]
    [InlineData(ProgramHost.Values)]
    [InlineData(ProgramHost.StoredValues)]
    public async Task LockedCounter_OfManyGuests_LosesNoIncrement(string scope)
    {
        const int Times = 20;
        var place = await KeyValuePlace.CreateAsync(host, scope);

        var results = await Task.WhenAll(Enumerable.Range(0, Guests).Select(_ => CountAsync(place, "count", Times)));

        results.Select(result => Lines(result)[1]).Should().AllBe($"counted {Times} times, 0 locks lost", "nobody else writes while one holds the lock");
        results.Select(result => Lines(result)[0]).Should().OnlyHaveUniqueItems("a token is one holder's");
        (await place.GetNumberAsync("count")).Should().Be(Guests * Times);
    }

    [Fact]
    public async Task LockedCounter_LockIsLost_CountsOnWhatTheNextHolderWrote()
    {
        var place = await KeyValuePlace.CreateAsync(host, ProgramHost.DisturbedValues);
        DisturbCommitsOf(place.Key("count"), times: 1, (others, _) => PutAsync(others, place.Key("count"), "1000"));

        Lines(await CountAsync(place, "count", times: 3))[1].Should().Be("counted 3 times, 1 locks lost");

        (await place.GetNumberAsync("count")).Should().Be(1003);
    }

    [Fact]
    public async Task LockedCounter_LockIsAlwaysLost_GivesUp()
    {
        var place = await KeyValuePlace.CreateAsync(host, ProgramHost.DisturbedValues);
        var disturbances = DisturbCommitsOf(
            place.Key("count"), times: int.MaxValue, (others, turn) => PutAsync(others, place.Key("count"), turn.ToString(CultureInfo.InvariantCulture)));

        Fails(await CountAsync(place, "count", times: 3)).Should().Be($"{place.Key("count")}: Stale file handle (os error 72)");

        disturbances().Should().Be(101);
    }

    [Fact]
    public async Task LockedCounter_OfWhatIsNoNumber_ChangesNothing()
    {
        var place = await KeyValuePlace.CreateAsync(host, ProgramHost.Values);
        await place.PutAsync("count", "many");

        Fails(await CountAsync(place, "count", times: 3)).Should().Be($"{place.Key("count")}: \"many\" is no number");

        (await place.GetAsync("count")).Should().Be("many");
    }

    [Theory]
    [InlineData(ProgramHost.Values)]
    [InlineData(ProgramHost.StoredValues)]
    public async Task Watcher_WhileOthersWrite_SeesEachChangeOnceInOrder(string scope)
    {
        const int Counters = 5, Times = 20, Transfers = 20;
        var place = await KeyValuePlace.CreateAsync(host, scope);
        foreach (var account in (string[])["orders/ada", "orders/bob"]) await place.PutAsync(account, 100);
        var outputs = Enumerable.Range(0, 6).Select(_ => new ProgramOutput()).ToArray();
        var watchers = outputs.Select((output, id) =>
            place.RunAsync("watcher", output, id == 0 ? place.Key("orders") : place.Key("orders/.all"), place.Key("orders/last"))).ToArray();
        foreach (var output in outputs) await output.WaitForAsync("watching");

        var counting = Enumerable.Range(0, Counters).SelectMany(id => (string[])[$"orders/{id}", $"elsewhere/{id}"])
            .Select(name => CountAsync(place, name, Times));
        var moving = Enumerable.Range(0, Transfers).Select(_ => TransferAsync(place, "orders/ada", "orders/bob", 1));
        foreach (var writer in await Task.WhenAll(counting.Concat(moving))) Lines(writer).Should().NotBeEmpty();
        await place.DeleteAsync("orders/0");
        await place.PutAsync("orders/last", "done");

        var answers = (await Task.WhenAll(watchers)).Select(Changes).ToArray();
        answers.Should().AllSatisfy(answer => answer.Should().Equal(answers[0]));
        answers[0].Should().OnlyHaveUniqueItems().And.BeInAscendingOrder(change => change.Version);
        answers[0][^2..].Select(change => (change.Key, change.Type)).Should().Equal((place.Key("orders/0"), "delete"), (place.Key("orders/last"), "put"));
        Tally(answers[0][..^2].Select(change => $"{change.Type} {change.Key}")).Should().BeEquivalentTo(
        [
            .. Enumerable.Range(0, Counters).Select(id => $"{Times} put {place.Key($"orders/{id}")}"),
            $"{Transfers} put {place.Key("orders/ada")}",
            $"{Transfers} put {place.Key("orders/bob")}",
        ]);
        answers[0].GroupBy(change => change.Version).Count(commit => commit.Count() == 2).Should().Be(Transfers, "a transfer is one commit of two keys");
    }

    [Fact]
    public async Task Watcher_KeyIsThere_AnswersAtOnce()
    {
        var place = await KeyValuePlace.CreateAsync(host, ProgramHost.Values);
        await place.PutAsync("last", "done");

        var result = await place.RunAsync("watcher", place.Key(".all"), place.Key("last"));

        Changes(result).Should().BeEmpty();
    }

    [Fact]
    public async Task Watcher_ChangesAreForgotten_OpensAgainAndSaysSo()
    {
        var place = await KeyValuePlace.CreateAsync(host, ProgramHost.DisturbedValues);
        host.Disturbance.ForgetChangesAfter(1);
        var output = new ProgramOutput();
        var watcher = place.RunAsync("watcher", output, place.Key(".all"), place.Key("last"));
        await output.WaitForAsync("watching");
        await place.PutAsync("first", "1");
        await output.WaitForAsync("watching", times: 2);
        await place.PutAsync("last", "done");

        var answer = await watcher;

        Changes(answer, isComplete: false).Select(change => change.Key).Should().Equal(place.Key("first"), place.Key("last"));
    }

    [Theory]
    [InlineData(ProgramHost.Values)]
    [InlineData(ProgramHost.StoredValues)]
    public async Task Once_OfManyGuests_IsFirstForOne(string scope)
    {
        var place = await KeyValuePlace.CreateAsync(host, scope);

        var results = await Task.WhenAll(Enumerable.Range(0, Guests).Select(_ => place.RunAsync("once", place.Key("job"), "3600")));

        Tally(results.SelectMany(Lines)).Should().BeEquivalentTo(["1 first", $"{Guests - 1} not the first"]);
        (await place.FindAsync("job"))!.Expires.Should().NotBeNull();
    }

    [Fact]
    public async Task Once_AfterItsTime_IsFirstAgain()
    {
        var place = await KeyValuePlace.CreateAsync(host, ProgramHost.DisturbedValues);
        var answers = new List<string>();
        foreach (var seconds in (int[])[0, 1800, 1801])
        {
            host.Disturbance.Clock.SetForth(TimeSpan.FromSeconds(seconds));
            answers.AddRange(Lines(await place.RunAsync("once", place.Key("job"), "3600")));
        }

        answers.Should().Equal("first", "not the first", "first");
    }

    [Fact]
    public async Task Once_SomebodyElseIsFirstAtTheCommit_IsNotTheFirst()
    {
        var place = await KeyValuePlace.CreateAsync(host, ProgramHost.DisturbedValues);
        DisturbCommitsOf(place.Key("job"), times: 1, (others, _) => PutAsync(others, place.Key("job"), "theirs"));

        Lines(await place.RunAsync("once", place.Key("job"), "60")).Should().Equal("not the first");

        (await place.GetAsync("job")).Should().Be("theirs");
    }

    [Theory]
    [InlineData("0")]
    [InlineData("soon")]
    [InlineData("5s")]
    public async Task Once_ForNoTime_TakesNothing(string seconds)
    {
        var place = await KeyValuePlace.CreateAsync(host, ProgramHost.Values);
        Fails(await place.RunAsync("once", place.Key("job"), seconds)).Should().Be($"{seconds}: Invalid argument");
        (await place.FindAsync("job")).Should().BeNull();
    }

    private static string Account(int number) => $"account-{number}";

    private static Task<ProgramResult> TransferAsync(KeyValuePlace place, string from, string to, int amount) =>
        place.RunAsync("transfer", place.Key(from), place.Key(to), amount.ToString(CultureInfo.InvariantCulture));

    private static Task<ProgramResult> CountAsync(KeyValuePlace place, string name, int times) =>
        place.RunAsync("locked_counter", place.Key(name), times.ToString(CultureInfo.InvariantCulture));

    private static async ValueTask PutAsync(IKeyValueBackend store, string key, string text) =>
        (await store.CommitAsync(new KeyValueBatch(KeyValueOperation.Put(key, Encoding.UTF8.GetBytes(text))), CancellationToken.None)).Succeeded
            .Should().BeTrue();

    private static IEnumerable<string> Tally(IEnumerable<string> values) =>
        values.CountBy(value => value, StringComparer.Ordinal).Select(count => $"{count.Value} {count.Key}");

    private static IReadOnlyList<string> Lines(ProgramResult result)
    {
        result.Failure.Should().BeNull("the guest printed:\n{0}", string.Join('\n', result.Lines));
        return result.Lines;
    }

    /// <summary>The guest says in one line what cannot be done, and exits with 1.</summary>
    private static string Fails(ProgramResult result)
    {
        result.Failure.Should().BeOfType<GuestExitException>().Which.ExitCode.Should().Be(1);
        return result.Lines.Should().ContainSingle().Which;
    }

    private static Change[] Changes(ProgramResult result) => Changes(result, isComplete: true);

    private static Change[] Changes(ProgramResult result, bool isComplete)
    {
        Lines(result).Should().OnlyContain(line => line == "watching");
        var answer = JsonSerializer.Deserialize<WatcherAnswer>(result.Answer, JsonSerializerOptions.Web)!;
        answer.Complete.Should().Be(isComplete);
        return answer.Changes;
    }

    private async Task<KeyValuePlace> OpenAccountsAsync(string scope)
    {
        var place = await KeyValuePlace.CreateAsync(host, scope);
        foreach (var account in (string[])["ada", "bob"]) await place.PutAsync(account, 100);
        return place;
    }

    /// <summary>Lets somebody else come before the first commits that write a key.</summary>
    /// <returns>How often that happened.</returns>
    private Func<int> DisturbCommitsOf(string key, int times, Func<IKeyValueBackend, int, ValueTask> disturb)
    {
        var count = 0;
        host.Disturbance.BeforeCommit = async (others, batch) =>
        {
            if (count < times && batch.Operations.Any(operation => operation.Kind == KeyValueOperationKind.Put && operation.Key == key))
                await disturb(others, ++count);
        };
        return () => count;
    }

    private sealed record Change(string Key, string Type, long Version);

    private sealed record WatcherAnswer(Change[] Changes, bool Complete);
}
