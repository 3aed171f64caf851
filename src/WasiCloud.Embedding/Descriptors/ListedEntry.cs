using System.Runtime.InteropServices;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Descriptors;

/// <summary>One entry as <c>fd_readdir</c> shows it.</summary>
/// <param name="Name">The name.</param>
/// <param name="Type">What it refers to.</param>
/// <param name="Inode">The number that <c>stat</c> shows too.</param>
/// <param name="Next">The cookie of the position behind it.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ListedEntry(string Name, FileType Type, ulong Inode, ulong Next);
