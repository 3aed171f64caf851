using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.Nodes;
using WasiCloud.Embedding.Pipes;

namespace WasiCloud.Embedding.Hosting.Streams;

/// <summary>Writes to a pipe and keeps the end of what was written.</summary>
internal sealed class TailedWriterHandle(PipeSink sink, TailBuffer tail) : PipeWriterHandle(sink)
{
    protected override Errno Accept(ReadOnlySpan<byte> bytes)
    {
        tail.Write(bytes);
        return base.Accept(bytes);
    }
}
