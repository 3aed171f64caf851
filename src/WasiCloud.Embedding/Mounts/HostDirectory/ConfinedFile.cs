using System.Buffers;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Linux;

namespace WasiCloud.Embedding.Mounts.HostDirectory;

/// <summary>
/// Reads a regular file of a folder of the host. Every step is one name, relative to an open directory, and the kernel follows no symbolic link: what a link
/// says is walked in the same way, and cannot lead out of the folder. The folder is found by its path each time, so that it may be replaced.
/// </summary>
internal static class ConfinedFile
{
    // As the kernel (path_resolution(7)).
    private const int MaxLinks = 40;
    private const int MaxAttempts = 3;
    private const int ReadBytes = 4 << 10;
    private const int Parts = 256;

    private const int FileFlags = LinuxOpenFlags.ReadOnly | LinuxOpenFlags.NonBlocking | LinuxOpenFlags.CloseOnExec | LinuxOpenFlags.NoControllingTerminal;

    /// <summary>Reads a file to its end.</summary>
    /// <param name="folder">The folder, which is the operator's.</param>
    /// <param name="name">One name in it, whoever says so.</param>
    /// <param name="destination">Gets the content; <see langword="null"/> to look only whether it could be opened.</param>
    /// <param name="modified">When the content was changed.</param>
    /// <returns>
    /// <see cref="Errno.NoEnt"/> if there is no such file, or what there is is none (a directory, a FIFO, a device); <see cref="Errno.XDev"/> if a symbolic
    /// link leads out of the folder; <see cref="Errno.Loop"/>; or why it cannot be read.
    /// </returns>
    public static Errno TryRead(string folder, string name, IBufferWriter<byte>? destination, out DateTimeOffset? modified)
    {
        LinuxPlatform.ThrowIfUnsupported();
        modified = null;

        // What is shown of bytes that are no text: such a name is none of a secret.
        if (name.AsSpan().ContainsAnyInRange('\uEF80', '\uEFFF') || HostName.Check(name) != Errno.Success) return Errno.NoEnt;
        var error = TryOpen(folder, name, out var file, out var links);

        // Where a link has led may be gone by now, because the link was changed and leads elsewhere.
        for (var attempt = 1; error == Errno.NoEnt && links > 0 && attempt < MaxAttempts; attempt++) error = TryOpen(folder, name, out file, out links);
        if (error != Errno.Success) return error;
        using (file)
        {
            error = Libc.TryGetStatus(file!, out var status);
            if (error != Errno.Success) return error;
            if (status.Type != FileType.RegularFile) return Errno.NoEnt;
            modified = DateTimeOffset.UnixEpoch.AddTicks((long)(status.ModifiedNanoseconds / TimeSpan.NanosecondsPerTick));
            return destination is null ? Errno.Success : Read(file!, destination);
        }
    }

    private static Errno TryOpen(string folder, string name, out HostDescriptor? file, out int links)
    {
        (file, links) = (null, 0);
        var directories = new Stack<HostDescriptor>();
        var parts = new Stack<string>([name]);
        try
        {
            var root = Libc.OpenPath(folder, LinuxOpenFlags.PathOnly | LinuxOpenFlags.Directory | LinuxOpenFlags.CloseOnExec);
            if (root is null)
            {
                // That is not the guest's affair.
                var missing = LinuxErrno.Last();
                return missing == Errno.NoEnt ? Errno.IO : missing;
            }

            directories.Push(root);
            while (parts.TryPop(out var part))
            {
                var error = part == ".." ? Leave(directories) : Step(directories, parts, part, ref links, out file);
                if (error != Errno.Success || file is not null) return error;
            }

            // A link that says the folder itself.
            return Errno.NoEnt;
        }
        finally
        {
            foreach (var directory in directories) directory.Dispose();
        }
    }

    private static Errno Leave(Stack<HostDescriptor> directories)
    {
        if (directories.Count == 1) return Errno.XDev;
        directories.Pop().Dispose();
        return Errno.Success;
    }

    private static Errno Step(Stack<HostDescriptor> directories, Stack<string> parts, string part, ref int links, out HostDescriptor? file)
    {
        file = null;
        var error = Libc.TryHold(directories.Peek(), part, out var node, out var status);
        if (error != Errno.Success) return error;
        switch (status.Type)
        {
            case FileType.Directory when directories.Count < Parts:
                directories.Push(node!);
                return Errno.Success;
            case FileType.SymbolicLink:
                using (node) return links++ < MaxLinks ? Follow(node!, parts) : Errno.Loop;
            case FileType.RegularFile when parts.Count == 0:
                node!.Dispose();

                // Without waiting, should it have become a FIFO since.
                file = Libc.OpenAt(directories.Peek(), part, FileFlags | LinuxOpenFlags.NoFollow);
                return file is null ? LinuxErrno.Last() : Errno.Success;
            default:
                node!.Dispose();
                return Errno.NoEnt;
        }
    }

    private static Errno Follow(HostDescriptor link, Stack<string> parts)
    {
        var error = HostSymlink.TryRead(link, out var target);
        if (error != Errno.Success) return error;
        if (target.StartsWith('/')) return Errno.XDev;
        var names = target.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Count + names.Length > Parts) return Errno.Loop;
        for (var index = names.Length - 1; index >= 0; index--)
        {
            if (names[index] != ".") parts.Push(names[index]);
        }

        return Errno.Success;
    }

    private static unsafe Errno Read(HostDescriptor file, IBufferWriter<byte> destination)
    {
        for (var offset = 0L; ;)
        {
            var span = destination.GetSpan(ReadBytes);
            nint count;
            fixed (byte* buffer = span) count = Libc.Read(file, buffer, (nuint)span.Length, offset);
            if (count < 0) return LinuxErrno.Last();
            if (count == 0) return Errno.Success;
            destination.Advance((int)count);
            offset += count;
        }
    }
}
