using WasiCloud.Embedding.Connections;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.Nodes;

namespace WasiCloud.Embedding.Connections.Files;

/// <summary>The root of <c>/connection</c>.</summary>
internal sealed class ConnectionDirectory(ConnectionPort port, ulong modified) : ListedDirectory(StringComparison.Ordinal, modified)
{
    private readonly (string Name, VirtualFile File)[] _files = port switch
    {
        MessagePort messages =>
        [
            ("info", new InfoFile(port, modified)), ("messages", new MessageFile(messages, isText: true, modified)),
            ("binary", new MessageFile(messages, isText: false, modified)),
            ("close", new CloseFile(messages, modified)),
        ],
        StreamPort stream => [("info", new InfoFile(port, modified)), ("stream", new StreamFile(stream, modified))],
        _ => [("info", new InfoFile(port, modified))],
    };

    protected override int Count => _files.Length;

    protected override string NameAt(int index) => _files[index].Name;

    protected override VirtualNode NodeAt(int index) => _files[index].File;
}
