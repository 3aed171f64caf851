using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.FileSystem;

/// <summary>One name in a directory. <c>.</c> and <c>..</c> are the host's and never listed by a mount.</summary>
/// <param name="Name">The name; not empty, without <c>/</c> and NUL.</param>
/// <param name="Type">What the name refers to.</param>
/// <param name="Inode">The node's inode as in <see cref="NodeAttributes.Inode"/>; 0 lets the host derive the same number that <c>stat</c> shows.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct DirectoryEntry(string Name, FileType Type, ulong Inode = 0);
