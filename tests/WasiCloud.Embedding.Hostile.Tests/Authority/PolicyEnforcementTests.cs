using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Hostile.Tests.Paths;
using WasiCloud.Embedding.Tests.Authority;
using Xunit;

namespace WasiCloud.Embedding.Hostile.Tests.Authority;

/// <summary>Generated policies, with every operation on every path: what is denied is never asked of the mount, and what is allowed is never refused.</summary>
public sealed class PolicyEnforcementTests
{
    private const Rights Read = Rights.FdRead | Rights.FdReaddir;

    private static readonly string[] s_detours =
        ["a/l", "l/c", "l/../b/c", "a/../b/c", "a/a/l", "a/./b/c", "a//b/c", "a/b", "a/b/", "a/a/../b/c", "l"];

    [Fact]
    public async Task Policy_Generated_AnswersAsTheModelDoes()
    {
        var random = new Random(Effort.Seed);
        for (var count = Effort.Of(10_000); count > 0; count--)
        {
            var policy = PolicyWorld.GeneratePolicy(random).Build();
            var world = new PolicyWorld(new PolicyModel(policy.Lines));
            var mount = new RecordingMount(PolicyWorld.Root, PolicyWorld.Directories, PolicyWorld.Files, []);
            await using var guest = PathGuest.Create(new MountTable([(PolicyWorld.Root, FileAccess.ReadWrite, mount)]), policy);
            for (var tries = 0; tries < 12; tries++)
                await TryAsync(guest, world, random.Next(11), PolicyWorld.PickPath(random), PolicyWorld.PickPath(random), $"under\n{policy}");
            guest.Failures.Should().BeEmpty();
            mount.Asked.Where(asked => !world.MayAsk(asked.Operation, asked.Path)).Should().BeEmpty("under\n{0}", policy);
        }
    }

    [Fact]
    public async Task Path_OfTheCorpus_UnderAPolicy_NeverLeadsToWhatItDenies()
    {
        var mount = new RecordingMount(
            PolicyWorld.Root, PolicyWorld.Directories, PolicyWorld.Files,
            new(StringComparer.Ordinal) { ["/m/a/l"] = "../b/c", ["/m/l"] = "b", ["/m/a/a/l"] = "../../../m/b/c" });
        var policy = GuestPolicy.Parse("/m/a rwc\n/m/l r\n/m/a/b -\n");
        var model = new PolicyModel(policy.Lines);
        var table = new MountTable([(PolicyWorld.Root, FileAccess.ReadWrite, mount)]);
        var corpus = PathCorpus.Create("/m/b").Select(entry => entry.Path)
            .Concat(s_detours.Select(Encoding.UTF8.GetBytes))
            .SelectMany(path => new[] { path, [.. "m/"u8, .. path], [.. "m/a/"u8, .. path] }).ToArray();
        foreach (var operation in Attack.Operations.Values)
        {
            foreach (var path in corpus)
            {
                await using var guest = PathGuest.Create(table, policy);

                // What an attack asserts is for another tree; here, what the mount is asked for tells.
                await operation(guest, path).ContinueWith(_ => { }, TaskScheduler.Default);
            }
        }

        corpus.Should().HaveCountGreaterThan(3_000);
        mount.Asked.Should().NotBeEmpty();
        mount.Asked.Select(asked => asked.Path).Distinct(StringComparer.Ordinal)
            .Where(path => path.StartsWith("/m/", StringComparison.Ordinal) && !model.Exists(path)).Should().BeEmpty();
    }

    private static async Task TryAsync(PathGuest guest, PolicyWorld world, int operation, string path, string other, string policy)
    {
        var (bytes, otherBytes) = (Encoding.UTF8.GetBytes(path[1..]), Encoding.UTF8.GetBytes(other[1..]));
        var (expected, found) = operation switch
        {
            0 => (world.Status(path), (await guest.StatusAsync(bytes, follow: true)).Error),
            1 => (world.Open(path, GuestAccess.Read), await OpenAsync(guest, bytes, OpenFlags.None, Read)),
            2 => (world.Open(path, GuestAccess.Write), await OpenAsync(guest, bytes, OpenFlags.None, Rights.FdWrite)),
            3 => (world.Create(path, GuestAccess.Write), await OpenAsync(guest, bytes, OpenFlags.Create, Rights.FdWrite)),
            4 => (world.MakeDirectory(path), await guest.OnPathAsync("path_create_directory", bytes)),
            5 => (world.Remove(path), await guest.OnPathAsync("path_unlink_file", bytes)),
            6 => (world.Remove(path), await guest.OnPathAsync("path_remove_directory", bytes)),
            7 => (world.SetTimes(path), await guest.SetTimesAsync(bytes, follow: true)),
            8 => (world.Link(path, other), await guest.LinkAsync(bytes, otherBytes)),
            9 => (world.Rename(path, other), await guest.RenameAsync(bytes, otherBytes)),
            _ => (world.List(path), await ListAsync(guest, world, path, policy)),
        };
        found.Should().Be(expected, "operation {0} of {1} and {2} {3}", operation, path, other, policy);
    }

    private static async Task<Errno> OpenAsync(PathGuest guest, byte[] path, OpenFlags flags, Rights rights)
    {
        var (error, number) = await guest.OpenAsync(path, flags, rights, follow: true);
        if (error == Errno.Success) await guest.CallAsync("fd_close", number);
        return error;
    }

    private static async Task<Errno> ListAsync(PathGuest guest, PolicyWorld world, string path, string policy)
    {
        var (error, number) = await guest.OpenAsync(Encoding.UTF8.GetBytes(path[1..]), OpenFlags.Directory, Read, follow: true);
        if (error != Errno.Success) return error;
        var (listed, names) = await guest.ListNamesAsync(number);
        await guest.CallAsync("fd_close", number);
        if (listed == Errno.Success) names.Should().BeEquivalentTo([".", "..", .. world.Listed(path)], "of {0} {1}", path, policy);
        return listed;
    }
}
