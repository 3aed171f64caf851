using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Mounts.HostDirectory;

/// <summary>What tells a file from all others of the host as long as it exists.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct HostFileKey(ulong Device, ulong Inode);
