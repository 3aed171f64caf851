using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Topics;

namespace WasiCloud.Embedding.Topics.Files;

/// <summary>A topic: opening it for reading subscribes.</summary>
internal sealed class TopicFile(Topic topic, TopicGuest guest) : VirtualFile
{
    internal override bool IsSynchronous => true;

    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) =>
        (FsResult<NodeAttributes>)new NodeAttributes();

    public override ValueTask<Errno> SetAttributesAsync(AttributeChanges changes, CancellationToken cancellationToken) => new(Errno.Success);

    public override ValueTask<FsResult<FileHandle>> OpenAsync(FileOpenOptions options, CancellationToken cancellationToken)
    {
        var needed = (options.Access.HasFlag(FileAccess.Read) ? TopicAccess.Subscribe : 0)
            | (options.Access.HasFlag(FileAccess.Write) ? TopicAccess.Publish : 0);
        if ((needed & ~guest.AccessOf(topic)) != 0) return (FsResult<FileHandle>)Errno.Access;
        if (!guest.TryOpen(topic)) return (FsResult<FileHandle>)Errno.MFile;
        var port = new TopicPort(guest.Context);
        if (!needed.HasFlag(TopicAccess.Subscribe) || topic.TryAdd(port, topic.Options.MaxSubscriptions))
            return (FsResult<FileHandle>)new TopicHandle(topic, guest, port, needed);
        guest.Close();
        return (FsResult<FileHandle>)Errno.NFile;
    }
}
