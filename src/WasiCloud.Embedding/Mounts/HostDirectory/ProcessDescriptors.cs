using System.Globalization;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Linux;

namespace WasiCloud.Embedding.Mounts.HostDirectory;

/// <summary>
/// <c>/proc/self/fd</c>: the way Linux offers to open, link or date exactly the file that a descriptor refers to, whatever its name is by now (open(2),
/// "O_PATH"). The number that is looked up there is the process's own, never anything a guest said.
/// </summary>
internal sealed unsafe class ProcessDescriptors
{
    // "2147483647", and the end of the text.
    private const int MaxNameBytes = 11;

    private readonly HostDescriptor _directory;

    private ProcessDescriptors(HostDescriptor directory) => _directory = directory;

    public static ProcessDescriptors Open()
    {
        var directory = Libc.OpenPath("/proc/self/fd", LinuxOpenFlags.PathOnly | LinuxOpenFlags.Directory | LinuxOpenFlags.CloseOnExec);
        return directory is null
            ? throw new IOException($"/proc/self/fd cannot be opened: {LinuxErrno.Last()}. Is /proc mounted?")
            : new ProcessDescriptors(directory);
    }

    /// <summary>Opens the file itself for other access than the descriptor has.</summary>
    public HostDescriptor? Reopen(HostDescriptor descriptor, int flags)
    {
        var name = stackalloc byte[MaxNameBytes];
        using var use = new DescriptorName(descriptor, name);
        return Libc.OpenAt(_directory, name, flags);
    }

    public Errno Link(HostDescriptor descriptor, HostDescriptor destination, string newName)
    {
        var name = stackalloc byte[MaxNameBytes];
        using var use = new DescriptorName(descriptor, name);
        return LinuxErrno.FromResult(Libc.LinkAt(_directory, name, destination, newName, Libc.AtSymlinkFollow));
    }

    public Errno SetTimes(HostDescriptor descriptor, TimeSpecification accessed, TimeSpecification modified)
    {
        var name = stackalloc byte[MaxNameBytes];
        using var use = new DescriptorName(descriptor, name);
        var times = stackalloc TimeSpecification[] { accessed, modified };
        return LinuxErrno.FromResult(Libc.SetTimesAt(_directory, name, times, 0));
    }

    /// <summary>Keeps the descriptor open, and so its number its own, while the number is in use as a name.</summary>
    private readonly ref struct DescriptorName
    {
        private readonly HostDescriptor _descriptor;

        // Not a string: the runtime keeps those of small numbers only, and a host has more descriptors than that.
        public DescriptorName(HostDescriptor descriptor, byte* text)
        {
            var added = false;
            descriptor.DangerousAddRef(ref added);
            _descriptor = descriptor;
            ((int)descriptor.DangerousGetHandle()).TryFormat(new Span<byte>(text, MaxNameBytes - 1), out var length, provider: CultureInfo.InvariantCulture);
            text[length] = 0;
        }

        public void Dispose() => _descriptor.DangerousRelease();
    }
}
