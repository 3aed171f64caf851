using FluentAssertions;
using WasiCloud.Embedding.KeyValue;
using Xunit;

namespace WasiCloud.Embedding.Testing.KeyValue;

/// <summary>Order, prefixes and paging of listings.</summary>
public abstract class KeyValueListConformance : KeyValueBackendConformance
{
    [Fact]
    public async Task List_Empty_IsEmpty() => (await ListKeysAsync()).Should().BeEmpty();

    [Fact]
    public async Task List_AnyCharacters_IsInUtf8Order()
    {
        // By UTF-16 unit, U+FF61 would follow the surrogates of U+1F600; by UTF-8 byte it precedes them.
        string[] ordered = ["\u0001", "A", "a", "a!", "a/b", "a0", "z", "é", "ж", "中", "\ue000", "｡", "😀", "😀a", "\U0010FFFF"];
        foreach (var key in ordered.Reverse()) await PutAsync(key);

        (await ListKeysAsync()).Should().Equal(ordered);
    }

    [Fact]
    public async Task List_Prefix_IsExactlyWhatStartsWithIt()
    {
        foreach (var key in new[] { "a", "a/", "a/1", "a/2", "a/\U0010FFFF", "a0", "b", "A/1" }) await PutAsync(key);

        (await ListKeysAsync("a/")).Should().Equal("a/", "a/1", "a/2", "a/\U0010FFFF");
    }

    [Fact]
    public async Task List_StartAfterExisting_ExcludesIt()
    {
        foreach (var key in new[] { "a", "b", "c" }) await PutAsync(key);

        (await ListKeysAsync(startAfter: "b")).Should().Equal("c");
    }

    [Theory]
    [InlineData("a", "p/1,p/2")]
    [InlineData("p/", "p/1,p/2")]
    [InlineData("p/11", "p/2")]
    [InlineData("q", "")]
    public async Task List_StartAfterNotExisting_StartsBehindIt(string startAfter, string expected)
    {
        foreach (var key in new[] { "o", "p/1", "p/2", "q/3" }) await PutAsync(key);

        (await ListKeysAsync("p/", startAfter)).Should().Equal(expected.Split(',', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task List_Entries_HaveMetadataButNoValue()
    {
        var revision = await PutAsync("key", "hello", Now + TimeSpan.FromHours(1));
        var stored = await Backend.GetAsync("key", 0, Timeout);

        await foreach (var entry in Backend.ListAsync(string.Empty, null, Timeout))
        {
            entry.Should().Be(stored);
            entry.Value.Should().BeNull();
            entry.Revision.Should().Be(revision);
        }
    }

    [Fact]
    public async Task List_ManyPages_ListsEachOnceInOrder()
    {
        var keys = Enumerable.Range(0, 1500).Select(number => $"key{number:D5}").ToList();
        foreach (var chunk in keys.Chunk(500)) await CommitAsync([.. chunk.Select(key => KeyValueOperation.Put(key, default))]);

        (await ListKeysAsync("key")).Should().Equal(keys);
    }

    [Fact]
    public async Task List_ChangesMeanwhile_WhatStaysIsListedOnce()
    {
        var keys = Enumerable.Range(0, 1000).Select(number => $"{number:D4}").ToList();
        await CommitAsync([.. keys.Select(key => KeyValueOperation.Put(key, default))]);

        var listed = new List<string>();
        await foreach (var entry in Backend.ListAsync(string.Empty, null, Timeout))
        {
            listed.Add(entry.Key);
            if (listed.Count % 100 != 0) continue;

            // Deletes what was just listed and an odd key ahead, and adds one behind and one ahead.
            await CommitAsync(
                KeyValueOperation.Delete(entry.Key),
                KeyValueOperation.Put(entry.Key + "-behind", default),
                KeyValueOperation.Put("x" + entry.Key, default));
        }

        listed.Should().OnlyHaveUniqueItems();
        listed.Should().Contain(keys);
        listed.Should().BeInAscendingOrder(StringComparer.Ordinal);
    }

    [Fact]
    public async Task List_Cancelled_Throws()
    {
        await PutAsync("key");
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        var list = async () =>
        {
            await foreach (var _ in Backend.ListAsync(string.Empty, null, cancelled.Token))
            {
            }
        };

        await list.Should().ThrowAsync<OperationCanceledException>();
    }
}
