using System.Runtime.InteropServices;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Http.Exchange;

/// <summary>What a guest is started with, so that it finds its request.</summary>
/// <param name="Arguments">Its arguments after its own name.</param>
/// <param name="Environment">Its own environment variables.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct GuestStart(IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment)
{
    /// <summary>What its standard input is, if the request is there.</summary>
    public VirtualFile? StandardInput { get; init; }

    /// <summary>What its standard output is, if the response goes there.</summary>
    public VirtualFile? StandardOutput { get; init; }

    /// <summary>Its first descriptor after the standard streams, if it needs one.</summary>
    public Descriptor? Descriptor { get; init; }

    /// <summary>Where it asks for its requests, if it does: it may do so again when it has answered.</summary>
    public IRequestPort? Port { get; init; }
}
