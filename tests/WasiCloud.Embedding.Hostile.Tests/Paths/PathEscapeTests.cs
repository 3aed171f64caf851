using System.Text;
using FluentAssertions;
using Xunit;

namespace WasiCloud.Embedding.Hostile.Tests.Paths;

/// <summary>Every path of the corpus, with every operation, on every kind of mount: nothing outside is read or changed.</summary>
public sealed class PathEscapeTests
{
    public static TheoryData<string, string> Cases
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var mount in new[] { "memory", "host", "kv" })
            {
                foreach (var operation in Attack.Operations.Keys) data.Add(mount, operation);
            }

            return data;
        }
    }

    [Fact]
    public void Corpus_OfPaths_HasHundredsOfEveryCategory()
    {
        var corpus = PathCorpus.Create("/tmp/outside");

        corpus.Should().HaveCountGreaterThan(1_000);
        corpus.Select(entry => Convert.ToHexString(entry.Path)).Should().OnlyHaveUniqueItems();
        corpus.GroupBy(entry => entry.Category, StringComparer.Ordinal).Should().HaveCount(14).And.OnlyContain(category => category.Count() > 10);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Path_OfTheCorpus_NeverLeadsOut(string mount, string operation)
    {
        using var tree = Create(mount);
        await tree.ResetAsync();
        var before = await tree.ObserveAsync();
        var attack = Attack.Operations[operation];
        var corpus = PathCorpus.Create(tree.Outside);
        foreach (var (category, path) in corpus)
        {
            var table = await tree.ResetAsync();
            await using (var guest = await PathGuest.CreateAsync(table, Tree.Mount))
            {
                var description = $"{category}: {Encoding.UTF8.GetString(path.AsSpan(0, Math.Min(path.Length, 100)))} " +
                    $"({Convert.ToHexString(path.AsSpan(0, Math.Min(path.Length, 100)))})";
                await guest.Awaiting(it => attack(it, path)).Should().NotThrowAsync(description);
                guest.Failures.Should().BeEmpty(description);
            }

            (await tree.ObserveAsync()).Should().Be(before, "{0} of {1}", operation, Convert.ToHexString(path.AsSpan(0, Math.Min(path.Length, 200))));
        }

        corpus.Should().HaveCountGreaterThan(500);
    }

    [Theory]
    [InlineData("memory")]
    [InlineData("host")]
    [InlineData("kv")]
    public async Task Attack_OnTheOutsideItself_IsNoticed(string mount)
    {
        // The same attacks, from a place from which the outside is not outside, must be seen to succeed: otherwise the tests above would prove nothing.
        using var tree = Create(mount);
        await using var guest = await AboveAsync(tree, mount);

        foreach (var operation in new[] { "open", "stat" })
            await guest.Awaiting(it => Attack.Operations[operation](it, Encoding.UTF8.GetBytes("outside/secret")))
                .Should().ThrowAsync<Fuzz.FuzzFailureException>(operation);
    }

    private static async Task<PathGuest> AboveAsync(Tree tree, string mount)
    {
        var table = await tree.ResetAsync();
        if (mount != "host") return await PathGuest.CreateAsync(table, ".");
        var above = new Embedding.Mounts.HostDirectory.HostDirectoryMount(Path.GetDirectoryName(tree.Outside)!, FileAccess.ReadWrite);
        return await PathGuest.CreateAsync(new Descriptors.MountTable([("/above", FileAccess.ReadWrite, above)]), "above");
    }

    private static Tree Create(string mount) => mount switch { "memory" => new MemoryTree(), "host" => new HostTree(), _ => new KeyValueTree() };
}
