using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.FileSystem;

/// <summary>Attributes to set; <see langword="null"/> leaves one as it is.</summary>
/// <param name="Accessed">Last access, in nanoseconds since 1970-01-01T00:00:00Z.</param>
/// <param name="Modified">Last change of the content, in nanoseconds since 1970-01-01T00:00:00Z.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct AttributeChanges(ulong? Accessed = null, ulong? Modified = null);
