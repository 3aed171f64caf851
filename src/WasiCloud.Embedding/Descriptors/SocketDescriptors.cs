using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Descriptors;

/// <summary>Makes the descriptors of sockets.</summary>
internal static class SocketDescriptors
{
    // Where st_dev says that they belong to no mount.
    private static readonly Mount NoMount = new("/dev/socket", device: 0);

    /// <summary>Makes the descriptor of a connection that was accepted.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="flags">Its modes.</param>
    public static Descriptor Connected(SocketHandle connection, DescriptorFlags flags) => Create(connection, Rights.ConnectedSocket, flags);

    /// <summary>Makes the descriptor of a listener.</summary>
    /// <param name="listener">The listener.</param>
    /// <param name="flags">Its modes.</param>
    public static Descriptor Listening(ListenerHandle listener, DescriptorFlags flags) => Create(listener, Rights.ListeningSocket, flags);

    private static Descriptor Create(FileHandle handle, Rights rights, DescriptorFlags flags) =>
        new(new NodeReference(SocketFile.Instance, NoMount, inode: 0, isOwned: false), handle, NoMount.Path, relativePath: string.Empty)
        {
            RightsBase = rights,
            RightsInheriting = rights == Rights.ListeningSocket ? Rights.ConnectedSocket : rights,
            Flags = flags,
        };
}
