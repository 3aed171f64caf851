using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Preview1;

/// <summary>Everything that the 46 functions know of one guest. Used by one thread at a time.</summary>
internal sealed class GuestContext(DescriptorTable descriptors, GuestClock clock, IGuestDiagnostics diagnostics)
{
    // A field, because it is replaced before every host call and read by all of them.
    public GuestMemory Memory;

    public DescriptorTable Descriptors { get; } = descriptors;

    public GuestClock Clock { get; } = clock;

    public IGuestDiagnostics Diagnostics { get; } = diagnostics;

    public GuestStrings Arguments { get; init; } = GuestStrings.Empty;

    public GuestStrings Environment { get; init; } = GuestStrings.Empty;

    public IHostCallTrace? Trace { get; init; }

    /// <summary>What the guest passed to <c>proc_exit</c>, once it has.</summary>
    public int? ExitCode { get; set; }

    public PathWalk Walk { get; } = new();

    /// <summary>For the functions that take two paths.</summary>
    public PathWalk SecondWalk { get; } = new();

    public GuestBuffers Buffers { get; } = new();

    /// <summary>The path of the call in progress, for messages.</summary>
    public string CurrentPath { get; set; } = string.Empty;

    /// <summary>Decodes a path argument.</summary>
    public FsResult<string> ReadPath(uint address, uint length)
    {
        if (!Memory.TryGetSpan(address, length, out var bytes)) return Errno.Fault;
        var path = GuestPath.Decode(bytes);
        CurrentPath = path.Value ?? string.Empty;
        return path;
    }
}
