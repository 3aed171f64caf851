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
        if (guest.TryOpen(topic) is not { } opened) return (FsResult<FileHandle>)Errno.MFile;
        var port = new TopicPort(guest.Context);
        if (!needed.HasFlag(TopicAccess.Subscribe) || opened.TryAdd(port, opened.Options.MaxSubscriptions))
            return (FsResult<FileHandle>)new TopicHandle(opened, guest, port, needed);
        guest.Close(opened);
        return (FsResult<FileHandle>)Errno.NFile;
    }
}
