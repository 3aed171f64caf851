using System.Text;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Fuzz;

namespace WasiCloud.Embedding.Hostile.Tests.Paths;

/// <summary>What can be tried with one path. Whatever comes back is searched for the outside.</summary>
internal static class Attack
{
    private static readonly byte[] s_file = "file"u8.ToArray();
    private static readonly byte[] s_directory = "dir"u8.ToArray();
    private static readonly byte[] s_made = "made"u8.ToArray();
    private static readonly byte[] s_secret = "secret"u8.ToArray();

    /// <summary>The seven operations, each in all its variants.</summary>
    public static IReadOnlyDictionary<string, Func<PathGuest, byte[], Task>> Operations { get; } =
        new Dictionary<string, Func<PathGuest, byte[], Task>>(StringComparer.Ordinal)
        {
            ["open"] = OpenAsync,
            ["stat"] = StatusAsync,
            ["link"] = LinkAsync,
            ["symlink"] = SymlinkAsync,
            ["rename"] = RenameAsync,
            ["unlink"] = UnlinkAsync,
            ["readlink"] = ReadLinkAsync,
        };

    /// <summary>Opens a path for each of the variants, reads what there is, and writes.</summary>
    public static async Task OpenAsync(PathGuest guest, byte[] path)
    {
        foreach (var follow in new[] { false, true })
        {
            foreach (var flags in new[] { OpenFlags.None, OpenFlags.Directory, OpenFlags.Create, OpenFlags.Create | OpenFlags.Truncate,
                OpenFlags.Create | OpenFlags.Exclusive })
            {
                var (error, number) = await guest.OpenAsync(path, flags, flags == OpenFlags.Directory ? 0 : Rights.FdRead | Rights.FdWrite, follow);
                if (error == Errno.Success) await ExploreAsync(guest, number);
            }
        }
    }

    private static async Task StatusAsync(PathGuest guest, byte[] path)
    {
        foreach (var follow in new[] { false, true })
        {
            var (error, size) = await guest.StatusAsync(path, follow);
            if (error == Errno.Success && size == Tree.SecretBytes) throw new FuzzFailureException("The secret's status was told.");
            await guest.SetTimesAsync(path, follow);
        }
    }

    private static async Task LinkAsync(PathGuest guest, byte[] path)
    {
        await guest.LinkAsync(path, s_made);
        await OpenAsync(guest, s_made);
        await guest.LinkAsync(s_file, path);
    }

    private static async Task SymlinkAsync(PathGuest guest, byte[] path)
    {
        await guest.SymlinkAsync(path, s_made);
        await OpenAsync(guest, s_made);
        await OpenAsync(guest, [.. s_made, .. "/secret"u8]);
        await StatusAsync(guest, s_made);
        await ReadLinkAsync(guest, s_made);
        await guest.SymlinkAsync(s_file, path);
    }

    private static async Task RenameAsync(PathGuest guest, byte[] path)
    {
        await guest.RenameAsync(path, s_made);
        await OpenAsync(guest, s_made);
        await guest.RenameAsync(s_file, path);
        await guest.RenameAsync(s_directory, path);
    }

    private static async Task UnlinkAsync(PathGuest guest, byte[] path)
    {
        await guest.OnPathAsync("path_unlink_file", path);
        await guest.OnPathAsync("path_remove_directory", path);
        await guest.OnPathAsync("path_create_directory", path);
    }

    private static async Task ReadLinkAsync(PathGuest guest, byte[] path) => Inspect((await guest.ReadLinkAsync(path)).Target);

    private static async Task ExploreAsync(PathGuest guest, uint number)
    {
        if (await guest.SizeAsync(number) == Tree.SecretBytes) throw new FuzzFailureException("The secret was opened.");
        var (_, names) = await guest.ListAsync(number);
        Inspect(names);
        var (error, below) = await guest.OpenAsync(s_secret, OpenFlags.None, Rights.FdRead, follow: true, number);
        if (error == Errno.Success)
        {
            Inspect((await guest.ReadAsync(below)).Text);
            await guest.CallAsync("fd_close", below);
        }

        Inspect((await guest.ReadAsync(number)).Text);
        await guest.WriteAsync(number, "owned");
        await guest.CallAsync("fd_close", number);
    }

    private static void Inspect(string text)
    {
        if (text.Contains(Tree.Marker, StringComparison.Ordinal))
            throw new FuzzFailureException($"The outside was read: {text[..Math.Min(text.Length, 100)]}.");
    }
}
