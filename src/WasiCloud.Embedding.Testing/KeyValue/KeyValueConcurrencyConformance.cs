using System.Globalization;
using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.KeyValue;
using Xunit;

namespace WasiCloud.Embedding.Testing.KeyValue;

/// <summary>Commits that compete.</summary>
public abstract class KeyValueConcurrencyConformance : KeyValueBackendConformance
{
    private const int Tasks = 8;

    [Fact]
    public async Task CompareAndSwap_ManyIncrementers_LosesNoUpdate()
    {
        const int Each = 25;
        await PutAsync("counter", "0");

        await RunAsync(async _ =>
        {
            for (var done = 0; done < Each;)
            {
                var entry = await Backend.GetAsync("counter", 100, Timeout);
                var next = int.Parse(entry!.Value!.Value.Span, CultureInfo.InvariantCulture) + 1;
                var value = Encoding.UTF8.GetBytes(next.ToString(CultureInfo.InvariantCulture));
                if ((await CommitAsync(KeyValueOperation.Put("counter", value, KeyValueCondition.AtRevision(entry.Revision)))).Succeeded) done++;
            }
        });

        (await GetTextAsync("counter")).Should().Be((Tasks * Each).ToString(CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task PutIfAbsent_ManyAtOnce_ExactlyOneWins()
    {
        var winners = 0;
        await RunAsync(async task =>
        {
            var result = await CommitAsync(KeyValueOperation.Put("key", new[] { (byte)task }, KeyValueCondition.Absent));
            if (result.Succeeded) Interlocked.Increment(ref winners);
        });

        winners.Should().Be(1);
    }

    [Fact]
    public async Task Batches_OverTheSameKeys_AreNeverMixed()
    {
        // Each batch writes its own number to both keys; a batch that expects both at one revision finds them so.
        await RunAsync(async task =>
        {
            for (var index = 0; index < 20; index++)
            {
                var value = new[] { (byte)task };
                (await CommitAsync(KeyValueOperation.Put("x", value), KeyValueOperation.Put("y", value))).Succeeded.Should().BeTrue();
            }
        });

        var x = await Backend.GetAsync("x", 1, Timeout);
        var y = await Backend.GetAsync("y", 1, Timeout);
        x!.Revision.Should().Be(y!.Revision);
        x.Value!.Value.Span[0].Should().Be(y.Value!.Value.Span[0]);
    }

    [Fact]
    public async Task Transfers_WithReadChecks_KeepTheSum()
    {
        await CommitAsync([.. Enumerable.Range(0, 4).Select(account => KeyValueOperation.Put($"{account}", new byte[] { 100 }))]);

        await RunAsync(async task =>
        {
            var random = new Random(task);
            for (var done = 0; done < 20;)
            {
                var (from, to) = (random.Next(4), random.Next(4));
                if (from == to) continue;
                var source = await Backend.GetAsync($"{from}", 1, Timeout);
                var target = await Backend.GetAsync($"{to}", 1, Timeout);
                var result = await CommitAsync(
                    KeyValueOperation.Put($"{from}", new[] { (byte)(source!.Value!.Value.Span[0] - 1) }, KeyValueCondition.AtRevision(source.Revision)),
                    KeyValueOperation.Put($"{to}", new[] { (byte)(target!.Value!.Value.Span[0] + 1) }, KeyValueCondition.AtRevision(target.Revision)));
                if (result.Succeeded) done++;
            }
        });

        var sum = 0;
        for (var account = 0; account < 4; account++)
        {
            var entry = await Backend.GetAsync($"{account}", 1, Timeout);
            sum += entry!.Value!.Value.Span[0];
        }

        (sum % 256).Should().Be(400 % 256);
    }

    [Fact]
    public async Task Reads_DuringWrites_SeeWholeValues()
    {
        await PutAsync("key", new string('a', 2000));
        using var done = new CancellationTokenSource();
        var reader = Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                var text = await GetTextAsync("key");
                text.Should().NotBeNull();
                text!.Distinct().Should().HaveCount(1);
                text!.Length.Should().Be(text[0] == 'a' ? 2000 : 10);
            }
        });

        for (var index = 0; index < 100; index++) await PutAsync("key", index % 2 == 0 ? new string('b', 10) : new string('a', 2000));

        await done.CancelAsync();
        await reader;
    }

    private static Task RunAsync(Func<int, Task> work) => Task.WhenAll(Enumerable.Range(0, Tasks).Select(task => Task.Run(() => work(task))));
}
