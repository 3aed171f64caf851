#pragma warning disable CS1591 // The tests' names say what they are about.
using System.Buffers;
using System.Globalization;
using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using Xunit;

namespace WasiCloud.Embedding.Testing.Mounts;

/// <summary>
/// Several invocations on one tree at once. Each has its own root and handles, as the contract says; iterations are bounded and nothing sleeps.
/// </summary>
public abstract class MountConformanceConcurrency : MountConformance
{
    private const int Invocations = 4;

    [Fact]
    public async Task Append_FromSeveralInvocations_KeepsEveryRecordWhole()
    {
        await MakeFileAsync(Root, "log");
        const int records = 250;

        var ends = await RunAsync(async (root, invocation) =>
        {
            var handle = await OpenAsync(await GetAsync<VirtualFile>(root, "log"), FileAccess.Write);
            var mine = new List<long>();
            for (var record = 0; record < records; record++)
            {
                var line = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{invocation}:{record:D6}\n"));
                mine.Add((await handle.AppendAsync(new ReadOnlySequence<byte>(line), default)).Value);
            }

            await CloseAsync(handle);
            return mine;
        });

        var lines = (await ReadTextAsync(Root, "log")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Should().HaveCount(Invocations * records).And.OnlyHaveUniqueItems().And.OnlyContain(static line => line.Length == 8);
        ends.SelectMany(static mine => mine).Should().OnlyHaveUniqueItems("each append ends elsewhere").And.OnlyContain(static end => end % 9 == 0);
        ends.Should().OnlyContain(static mine => mine.SequenceEqual(mine.Order()));
    }

    [Fact]
    public async Task CreateFile_ByAllAtOnce_HasOneWinnerPerName()
    {
        const int names = 100;
        var wins = await RunAsync(async (root, _) =>
        {
            var count = 0;
            for (var number = 0; number < names; number++)
            {
                var created = await root.CreateFileAsync($"name-{number}", exclusive: true, default);
                created.Error.Should().BeOneOf(Errno.Success, Errno.Exist);
                if (!created.TryGet(out var file)) continue;
                file.Release();
                count++;
            }

            return count;
        });

        wins.Sum().Should().Be(names);
    }

    [Fact]
    public async Task Rename_OverFileThatOthersRead_IsNeverTornOrMissing()
    {
        await MakeFileAsync(Root, "current", Version(0));
        await RunAsync(async (root, invocation) =>
        {
            for (var round = 1; round <= 100; round++)
            {
                if (invocation == 0)
                {
                    await MakeFileAsync(root, "next", Version(round));
                    (await root.RenameAsync("next", root, "current", default)).Should().Be(Errno.Success);
                }
                else
                {
                    var text = await ReadTextAsync(root, "current");
                    text.Should().Be(Version(text[0] - 'A'));
                }
            }

            return 0;
        });

        static string Version(int round) => new((char)('A' + (round % 26)), 5000);
    }

    [Fact]
    public async Task Rename_OneTokenPassedAround_IsAlwaysInExactlyOnePlace()
    {
        await MakeFileAsync(Root, "place-0", "token");
        var moves = await RunAsync(async (root, invocation) =>
        {
            var count = 0;
            for (var round = 0; round < 200; round++)
            {
                var place = (round + invocation) % Invocations;
                if (await root.RenameAsync($"place-{place}", root, $"place-{(place + 1) % Invocations}", default) == Errno.Success) count++;
            }

            return count;
        });

        moves.Sum().Should().BePositive();
        (await NamesAsync(Root)).Should().ContainSingle();
    }

    [Fact]
    public async Task Rename_DirectoriesIntoEachOther_MakesNoCycle()
    {
        await MakeDirectoryAsync(Root, "a");
        await MakeDirectoryAsync(Root, "b");
        await RunAsync(async (root, invocation) =>
        {
            var (mine, other) = invocation % 2 == 0 ? ("a", "b") : ("b", "a");
            for (var round = 0; round < 100; round++)
            {
                var found = await root.LookupAsync(other, default);
                if (!found.TryGet(out var node)) continue;
                if (await root.RenameAsync(mine, (VirtualDirectory)node, mine, default) == Errno.Success)
                {
                    await ((VirtualDirectory)node).RenameAsync(mine, root, mine, default);
                }

                node.Release();
            }

            return 0;
        });

        (await CountDirectoriesAsync(Root)).Should().Be(2, "both are still reachable from the root");
    }

    [Fact]
    public async Task RemoveFile_ByAllAtOnce_HasOneWinnerPerName()
    {
        const int names = 100;
        for (var number = 0; number < names; number++) await MakeFileAsync(Root, $"name-{number}");

        var wins = await RunAsync(static async (root, _) =>
        {
            var count = 0;
            for (var number = 0; number < names; number++)
            {
                if (await root.RemoveFileAsync($"name-{number}", default) == Errno.Success) count++;
            }

            return count;
        });

        wins.Sum().Should().Be(names);
        (await NamesAsync(Root)).Should().BeEmpty();
    }

    private async Task<T[]> RunAsync<T>(Func<VirtualDirectory, int, Task<T>> invocation)
    {
        var roots = new VirtualDirectory[Invocations];
        for (var index = 0; index < roots.Length; index++) roots[index] = await AttachAsync();
        return await Task.WhenAll(roots.Select((root, index) => Task.Run(() => invocation(root, index))));
    }

    private async Task<int> CountDirectoriesAsync(VirtualDirectory directory)
    {
        var count = 0;
        foreach (var name in await NamesAsync(directory)) count += 1 + await CountDirectoriesAsync(await GetAsync<VirtualDirectory>(directory, name));
        return count;
    }
}
