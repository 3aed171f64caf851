using System.Runtime.InteropServices;
using FluentAssertions;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Fuzz;
using Xunit;

namespace WasiCloud.Embedding.Hostile.Tests.Paths;

/// <summary>Somebody on the host swaps a directory for a symbolic link to outside, again and again, while a guest works below that name.</summary>
public sealed partial class SwapRaceTests
{
    private const int CurrentDirectory = -100;
    private const uint Exchange = 2;

    private static readonly byte[] s_name = "swap"u8.ToArray();

    [Fact]
    public async Task Directory_SwappedForALinkToOutside_NeverLeadsOut()
    {
        using var tree = new HostTree();
        var table = await tree.ResetAsync();
        var (name, other) = (Path.Combine(tree.Inside, "swap"), Path.Combine(tree.Inside, "other"));
        Directory.CreateDirectory(name);
        await File.WriteAllTextAsync(Path.Combine(name, "secret"), "inner");
        File.CreateSymbolicLink(other, "../outside");
        var before = await tree.ObserveAsync();
        await using var guest = await PathGuest.CreateAsync(table, Tree.Mount);
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        using (var swapper = new Swapper(name, other))
        {
            // Both sides of the race must have been met, or it was none.
            var rounds = Effort.Of(10_000);
            for (var round = 0; round < rounds
                || ((seen.GetValueOrDefault("inner") == 0 || seen.GetValueOrDefault("refused") == 0) && round < 100 * rounds); round++)
                await WorkAsync(guest, seen, round);
            swapper.Count.Should().BePositive();
        }

        (await tree.ObserveAsync()).Should().Be(before);
        seen.Should().ContainKeys("inner", "refused");
        guest.Failures.Should().BeEmpty();
    }

    private static async Task WorkAsync(PathGuest guest, Dictionary<string, int> seen, int round)
    {
        var below = Below("secret");
        switch (round % 9)
        {
            case 0:
                await ReadAsync(guest, seen, follow: true);
                break;
            case 1:
                await ReadAsync(guest, seen, follow: false);
                break;
            case 2:
                var (error, size) = await guest.StatusAsync(below, follow: true);
                if (error == Errno.Success && size == Tree.SecretBytes) throw new FuzzFailureException("The secret's status was told.");
                break;
            case 3:
                await guest.RenameAsync(Below("planted"), Below("renamed"));
                await guest.RenameAsync("file"u8.ToArray(), Below("file"));
                await guest.RenameAsync(Below("file"), "file"u8.ToArray());
                break;
            case 4:
                await guest.OnPathAsync("path_unlink_file", Below("planted"));
                await guest.OnPathAsync("path_unlink_file", Below("renamed"));
                break;
            case 5:
                await PlantAsync(guest);
                break;
            case 6:
                await guest.OnPathAsync("path_create_directory", Below("made"));
                await guest.OnPathAsync("path_remove_directory", Below("made"));
                break;
            case 7:
                await guest.SymlinkAsync("secret"u8.ToArray(), Below("link"));
                await guest.LinkAsync(below, Below("hard"));
                await guest.SetTimesAsync(below, follow: true);
                await guest.OnPathAsync("path_unlink_file", Below("link"));
                await guest.OnPathAsync("path_unlink_file", Below("hard"));
                break;
            default:
                var (listed, number) = await guest.OpenAsync(s_name, OpenFlags.Directory, 0, follow: true);
                if (listed != Errno.Success) break;
                if ((await guest.ListAsync(number)).Names.Contains(Tree.Marker, StringComparison.Ordinal))
                    throw new FuzzFailureException("The outside was listed.");
                await guest.CallAsync("fd_close", number);
                break;
        }
    }

    private static async Task ReadAsync(PathGuest guest, Dictionary<string, int> seen, bool follow)
    {
        var (error, number) = await guest.OpenAsync(Below("secret"), OpenFlags.None, Rights.FdRead | Rights.FdWrite, follow);
        if (error != Errno.Success)
        {
            // The name is a link that leads out, or it was not there for a moment.
            if (error is not (Errno.NotCapable or Errno.NoEnt or Errno.NotDir or Errno.Loop)) throw new FuzzFailureException($"{error}");
            Count(seen, "refused");
            return;
        }

        var text = (await guest.ReadAsync(number)).Text;
        if (text != "inner") throw new FuzzFailureException($"Something else was read: {text[..Math.Min(text.Length, 40)]}.");
        await guest.CallAsync("fd_close", number);
        Count(seen, "inner");
    }

    private static async Task PlantAsync(PathGuest guest)
    {
        var (error, number) = await guest.OpenAsync(Below("planted"), OpenFlags.Create | OpenFlags.Truncate, Rights.FdWrite, follow: true);
        if (error != Errno.Success) return;
        await guest.WriteAsync(number, "planted");
        await guest.CallAsync("fd_close", number);
    }

    private static byte[] Below(string name) => [.. s_name, (byte)'/', .. System.Text.Encoding.UTF8.GetBytes(name)];

    private static void Count(Dictionary<string, int> seen, string what) => seen[what] = seen.GetValueOrDefault(what) + 1;

    [LibraryImport("libc", EntryPoint = "renameat2", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Rename(int fromDirectory, string from, int toDirectory, string to, uint flags);

    /// <summary>Exchanges two names as fast as the system can, on a thread of its own.</summary>
    private sealed class Swapper : IDisposable
    {
        private readonly Thread _thread;
        private volatile bool _isStopped;
        private long _count;
        private int _error;

        public Swapper(string one, string other)
        {
            _thread = new Thread(() =>
            {
                for (; !_isStopped && _error == 0; Interlocked.Increment(ref _count))
                {
                    if (Rename(CurrentDirectory, one, CurrentDirectory, other, Exchange) != 0) _error = Marshal.GetLastPInvokeError();
                }
            });
            _thread.Start();
        }

        public long Count => Interlocked.Read(ref _count);

        public void Dispose()
        {
            _isStopped = true;
            _thread.Join();
            _error.Should().Be(0, "renameat2 succeeds");
        }
    }
}
