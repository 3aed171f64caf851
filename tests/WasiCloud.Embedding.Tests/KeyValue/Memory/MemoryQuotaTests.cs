using FluentAssertions;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.KeyValue.Memory;
using WasiCloud.Embedding.Testing.KeyValue;
using Xunit;

namespace WasiCloud.Embedding.Tests.KeyValue.Memory;

/// <summary>The count that <see cref="MemoryKeyValueBackend"/> keeps for quotas.</summary>
public sealed class MemoryQuotaTests
{
    private static readonly string[] Prefixes = ["", "a/", "a/b/", "ab/", ".lock/"];
    private static readonly string[] Names = ["a/1", "a/b/2", "a/b/c/3", "ab/4", "ab", "5", ".lock/6", ".lock/a/7", "a/b/", "äöü/8"];

    private readonly ManualTimeProvider _clock = new();
    private readonly MemoryEntryTable _entries = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Measure_AfterAnyChanges_IsWhatIsThere(int seed)
    {
        var random = new Random(seed);
        for (var step = 0; step < 3000; step++)
        {
            var key = Names[random.Next(Names.Length)];
            switch (random.Next(4))
            {
                case 0:
                    _entries.Remove(key);
                    break;
                case 1:
                    _clock.Advance(TimeSpan.FromSeconds(random.Next(20)));
                    while (_entries.RemoveExpired(_clock.GetUtcNow()) is not null)
                    {
                    }

                    break;
                default:
                    _entries.Set(new()
                    {
                        Key = key,
                        Revision = step + 1,
                        Size = random.Next(100),
                        Modified = _clock.GetUtcNow(),
                        Expires = random.Next(2) == 0 ? null : _clock.GetUtcNow() + TimeSpan.FromSeconds(random.Next(60)),
                    });
                    break;
            }

            var prefix = Prefixes[random.Next(Prefixes.Length)];
            _entries.Measure(prefix).Should().Be(Count(prefix), "that is below '{0}' after step {1}", prefix, step);
        }
    }

    private KeyValueUsage Count(string prefix)
    {
        var page = new List<KeyValueEntry>();
        _entries.ReadPage(prefix, null, int.MaxValue, page);
        return page.Where(entry => !entry.Key.StartsWith(".lock/", StringComparison.Ordinal))
            .Aggregate(default(KeyValueUsage), (sum, entry) => sum + new KeyValueUsage(System.Text.Encoding.UTF8.GetByteCount(entry.Key) + entry.Size, 1));
    }
}
