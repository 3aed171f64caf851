using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Messages;

namespace WasiCloud.Embedding.Mounts.Streams;

/// <summary>Writes to a pipe and keeps the end of what was written.</summary>
internal sealed class TailedWriterHandle(PipeSink sink, TailBuffer tail) : PipeWriterHandle(sink)
{
    protected override Errno Accept(ReadOnlySpan<byte> bytes)
    {
        tail.Write(bytes);
        return base.Accept(bytes);
    }
}
