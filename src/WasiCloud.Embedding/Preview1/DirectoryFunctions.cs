using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.HostCalls;

namespace WasiCloud.Embedding.Preview1;

/// <summary><c>fd_readdir</c>.</summary>
internal static class DirectoryFunctions
{
    /// <summary>
    /// Fills the buffer with entries from a cookie on. A buffer that is full to the last byte tells that there is more, so the last entry is cut to fit.
    /// </summary>
    public static async ValueTask<Errno> ReadAsync(Preview1Context guest, CallArguments arguments, Suspension suspension)
    {
        if (!guest.Descriptors.TryGet(arguments.U32(0), out var descriptor)) return Errno.BadF;
        if (descriptor.Directory is null) return Errno.NotDir;
        if (descriptor.Check(Rights.FdReaddir) != Errno.Success) return Errno.NotCapable;
        if (!guest.Memory.Contains(arguments.U32(1), arguments.U32(2)) || !guest.Memory.Contains(arguments.U32(4), sizeof(uint))) return Errno.Fault;
        guest.Concerns(descriptor);

        // A buffer is filled however large it is: less would say that there is no more.
        if (!suspension.IsAllowed && arguments.U32(2) > TransferSize.PieceBytes) return Suspension.Required;

        var listing = await GetListingAsync(guest, descriptor, isRewind: arguments.U64(3) == 0, suspension).ConfigureAwait(false);
        return listing.TryGet(out var entries) ? await FillAsync(guest, arguments, entries, suspension).ConfigureAwait(false) : listing.Error;
    }

    private static async ValueTask<FsResult<DirectoryListing>> GetListingAsync(
        Preview1Context guest, Descriptor descriptor, bool isRewind, Suspension suspension)
    {
        if (descriptor.Listing is { } current)
        {
            if (!suspension.IsAllowed && !current.IsSynchronous) return Suspension.Required;
            if (!isRewind) return current;

            // From the start again: what a rewound directory shows is fresh (POSIX rewinddir).
            descriptor.Listing = null;
            await current.DisposeAsync().ConfigureAwait(false);
        }

        var authority = descriptor.Reference.Authority;
        if (!authority.IsWay && !authority.Allows(GuestAccess.Read)) return guest.Deny(GuestAccess.Read, suspension);
        var opened = await DirectoryListing.OpenAsync(descriptor.Reference, suspension).ConfigureAwait(false);
        if (opened.Error == Errno.Success) descriptor.Listing = opened.Value;
        return opened;
    }

    private static async ValueTask<Errno> FillAsync(Preview1Context guest, CallArguments arguments, DirectoryListing listing, Suspension suspension)
    {
        var (buffer, capacity, cookie) = (arguments.U32(1), arguments.U32(2), arguments.U64(3));
        listing.Trim(cookie);
        var used = 0u;
        for (var entries = 1; used < capacity; entries++)
        {
            if (entries % Pieces.EntriesInARow == 0 && suspension.IsAllowed) await Pieces.PauseAsync(suspension.CancellationToken).ConfigureAwait(false);
            var result = await listing.ReadAsync(cookie, suspension).ConfigureAwait(false);
            if (result.Error == Errno.NoEnt) break;
            if (result.Error != Errno.Success) return result.Error;
            used += AbiStructures.WriteDirectoryEntry(guest.Memory, buffer + used, capacity - used, result.Value);
            cookie = result.Value.Next;
        }

        return guest.Memory.WriteU32(arguments.U32(4), used);
    }
}
