using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.KeyValue.Files.Control;

/// <summary><c>.meta/&lt;key&gt;</c>: version, size and times of a key, as they were when the name was looked up.</summary>
internal sealed class MetaFile(KeyValueAttachment attachment, KeyValueEntry entry) : VirtualFile
{
    private readonly byte[] _content = MetaText.Write(entry);

    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) =>
        (FsResult<NodeAttributes>)FileTimes.ToAttributes(_content.Length, entry.Modified);

    public override ValueTask<Errno> SetAttributesAsync(AttributeChanges changes, CancellationToken cancellationToken) => new(Errno.Success);

    public override ValueTask<FsResult<FileHandle>> OpenAsync(FileOpenOptions options, CancellationToken cancellationToken) =>
        (FsResult<FileHandle>)new MetaHandle(attachment, entry.Key, _content, options.Access);
}
