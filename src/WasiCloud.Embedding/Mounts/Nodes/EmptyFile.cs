using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.Nodes;

/// <summary>Standard input that nothing is connected to: a character device at its end.</summary>
internal sealed class EmptyFile : VirtualFile
{
    public override FileType Type => FileType.CharacterDevice;

    internal override bool IsSynchronous => true;

    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) =>
        (FsResult<NodeAttributes>)new NodeAttributes();

    public override ValueTask<FsResult<FileHandle>> OpenAsync(FileOpenOptions options, CancellationToken cancellationToken) =>
        (FsResult<FileHandle>)new EmptyHandle();

    private sealed class EmptyHandle : FileHandle
    {
        public override bool CanSeek => false;

        public override long? AvailableBytes => 0;

        // As /dev/null, which has no other side (poll(2)).
        public override bool HangsUpAtEnd => false;

        internal override bool IsSynchronous => true;

        public override ValueTask<FsResult<int>> ReadAsync(Memory<byte> destination, long offset, CancellationToken cancellationToken) => (FsResult<int>)0;

        internal override bool TryRead(IoVectors destination, long offset, out FsResult<int> result)
        {
            result = 0;
            return true;
        }
    }
}
