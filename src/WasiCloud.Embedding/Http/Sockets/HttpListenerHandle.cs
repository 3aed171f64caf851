using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Http.Sockets;

/// <summary>A listener on which a guest finds the requests of a port, each on a connection.</summary>
internal sealed class HttpListenerHandle(HttpPort port) : ListenerHandle
{
    internal override bool ClosesSynchronously => true;

    public override bool TryAccept(bool isNonBlocking, out FsResult<SocketHandle> connection) => port.TryAccept(isNonBlocking, out connection);

    public override async ValueTask<FsResult<SocketHandle>> AcceptAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var changed = port.Changed;
            if (port.TryAccept(isNonBlocking: false, out var connection)) return connection;
            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public override async ValueTask<FsResult<FileReadiness>> PollAsync(FileReadiness interest, CancellationToken cancellationToken)
    {
        while (true)
        {
            var changed = port.Changed;
            if (port.IsReady) return FileReadiness.Read;
            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    internal override bool TryPoll(FileReadiness interest, out FsResult<FileReadiness> readiness)
    {
        readiness = (interest & FileReadiness.Read) != 0 && port.IsReady ? FileReadiness.Read : FileReadiness.None;
        return true;
    }
}
