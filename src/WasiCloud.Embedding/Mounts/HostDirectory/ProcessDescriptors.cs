using System.Globalization;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.HostDirectory;

/// <summary>
/// <c>/proc/self/fd</c>: the way Linux offers to open, link or date exactly the file that a descriptor refers to, whatever its name is by now (open(2), "O_PATH").
/// The number that is looked up there is the process's own, never anything a guest said.
/// </summary>
internal sealed class ProcessDescriptors
{
    private readonly HostDescriptor _directory;

    private ProcessDescriptors(HostDescriptor directory) => _directory = directory;

    public static ProcessDescriptors Open()
    {
        var directory = Libc.OpenAt(Libc.CurrentDirectory, "/proc/self/fd", LinuxPlatform.PathOnly | LinuxPlatform.Directory | LinuxPlatform.CloseOnExec);
        return directory is null ? throw new IOException($"/proc/self/fd cannot be opened: {LinuxErrno.Last()}. Is /proc mounted?") : new ProcessDescriptors(directory);
    }

    /// <summary>Opens the file itself for other access than the descriptor has.</summary>
    public HostDescriptor? Reopen(HostDescriptor descriptor, int flags)
    {
        using var name = new DescriptorName(descriptor);
        return Libc.OpenAt(_directory, name.Text, flags);
    }

    public Errno Link(HostDescriptor descriptor, HostDescriptor destination, string newName)
    {
        using var name = new DescriptorName(descriptor);
        return LinuxErrno.FromResult(Libc.LinkAt(_directory, name.Text, destination, newName, Libc.AtSymlinkFollow));
    }

    public unsafe Errno SetTimes(HostDescriptor descriptor, TimeSpecification accessed, TimeSpecification modified)
    {
        using var name = new DescriptorName(descriptor);
        var times = stackalloc TimeSpecification[] { accessed, modified };
        return LinuxErrno.FromResult(Libc.SetTimesAt(_directory, name.Text, times, 0));
    }

    /// <summary>Keeps the descriptor open, and so its number its own, while the number is in use as a name.</summary>
    private readonly ref struct DescriptorName
    {
        private readonly HostDescriptor _descriptor;

        public DescriptorName(HostDescriptor descriptor)
        {
            var added = false;
            descriptor.DangerousAddRef(ref added);
            _descriptor = descriptor;
            Text = ((long)descriptor.DangerousGetHandle()).ToString(CultureInfo.InvariantCulture);
        }

        public string Text { get; }

        public void Dispose() => _descriptor.DangerousRelease();
    }
}
