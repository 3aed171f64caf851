using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.KeyValue.Files;

internal static class FileTimes
{
    /// <summary>The attributes of a file: all times are that of the commit, because a value is written as a whole.</summary>
    public static NodeAttributes ToAttributes(long size, DateTimeOffset modified)
    {
        var time = UnixTime.ToNanoseconds(modified);
        return new NodeAttributes(Size: (ulong)size, Accessed: time, Modified: time, Changed: time);
    }
}
