using System.Runtime.InteropServices;
using WasiCloud.Embedding.Authority;

namespace WasiCloud.Embedding.FileSystem;

/// <summary>How a file is opened. Existence (<c>O_CREAT</c>, <c>O_EXCL</c>) is settled before, by <see cref="VirtualDirectory"/>.</summary>
/// <param name="Access">What the guest asked for. Both bits mean <c>O_RDWR</c>.</param>
/// <param name="Truncate"><c>O_TRUNC</c>: the content becomes empty.</param>
/// <param name="Append"><c>O_APPEND</c>, as opened; the guest may change it later, which shows in which write member is called.</param>
/// <param name="NonBlocking"><c>O_NONBLOCK</c>: an open that would wait returns <see cref="Errno.Again"/>.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct FileOpenOptions(
    FileAccess Access,
    bool Truncate = false,
    bool Append = false,
    bool NonBlocking = false)
{
    /// <summary>
    /// What the guest may do with what is in the directory in which the file was found: a file that tells of others tells of those only that may be read;
    /// <see langword="null"/> for everything.
    /// </summary>
    internal PathAuthority? Authority { get; init; }
}
