using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.FileSystem;

/// <summary>What <c>lstat</c> tells of a name without a node being made.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct EntryStatus(FileType Type, NodeAttributes Attributes);
