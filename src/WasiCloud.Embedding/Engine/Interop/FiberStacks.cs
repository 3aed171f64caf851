using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>
/// Where the stacks of an engine's fibers lie. The runtime's stack walker orders frames by address: while managed code runs on a fiber, the frames of the
/// thread that polled it are found only if they lie at higher addresses. If they do not, a garbage collection misses their roots (docs/rationale/execution.md).
/// </summary>
/// <remarks>
/// So the engine, and with it the pool of stacks, is made while a large range of addresses is reserved, and every gap above that is: Linux maps top down, and
/// the pool comes to lie below. All is then given back, and threads that start later get their stacks from there.
/// </remarks>
internal sealed unsafe partial class FiberStacks
{
    private const string Library = "libc";
    private static readonly nuint ReservedBytes = unchecked((nuint)(64UL << 30));
    private static readonly nuint UnalignedBytes = 1 << 20;
    private const int NoAccess = 0;
    private const int PrivateAnonymousUnreserved = 0x4022;
    private static readonly nint Failed = -1;

    // AT_BASE. 0 in a program without a loader, whose layout is then taken for unsuitable.
    private const nuint LoaderAddress = 7;

    private readonly List<(nint Address, nuint Bytes)> _gaps = [];
    private readonly nint _reservation;

    /// <summary>Stacks that lie below an address.</summary>
    internal FiberStacks(nint reservation) => _reservation = reservation;

    /// <summary>Whether the caller's frame lies above every fiber, so that this thread may poll.</summary>
    internal bool AreBelowThisThread
    {
        [MethodImpl(MethodImplOptions.NoInlining)]
        get
        {
            byte here;
            return (nuint)(&here) > (nuint)_reservation;
        }
    }

    /// <summary>
    /// Reserves the range above the stacks to be, and the gaps above it that have room for them. <see langword="null"/> if the system has no such layout, or
    /// not that much room.
    /// </summary>
    /// <param name="poolBytes">What the stacks take together.</param>
    internal static FiberStacks? Reserve(nuint poolBytes)
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture is not (Architecture.X64 or Architecture.Arm64)) return null;
        var reservation = Map(ReservedBytes);
        if (reservation == Failed) return null;

        // The loader was mapped first of all. Where later mappings lie above it, they grow upwards, all the way to the process's stack: to fill those gaps
        // would leave no address for the engine.
        if ((nuint)reservation > GetAuxiliaryValue(LoaderAddress))
        {
            _ = Unmap(reservation, ReservedBytes);
            return null;
        }

        var stacks = new FiberStacks(reservation);

        // From large pieces to small ones, so that they are few; down to a size that the kernel does not align to huge pages, for which it wants more room than
        // the pieces have.
        for (var bytes = ReservedBytes / 2; bytes >= Math.Min(poolBytes / 2, UnalignedBytes); bytes /= 2) stacks.FillGaps(bytes);
        return stacks;
    }

    /// <summary>Gives the addresses back to threads.</summary>
    internal void Release()
    {
        _ = Unmap(_reservation, ReservedBytes);
        foreach (var (address, bytes) in _gaps) _ = Unmap(address, bytes);
        _gaps.Clear();
    }

    /// <summary>Whether an address on a fiber lies as hoped.</summary>
    internal bool AreAbove(nuint fiberAddress) => fiberAddress < (nuint)_reservation;

    private static nint Map(nuint bytes) => Map(0, bytes, NoAccess, PrivateAnonymousUnreserved, -1, 0);

    private void FillGaps(nuint bytes)
    {
        while (Map(bytes) is var address && address != Failed)
        {
            if (address < _reservation)
            {
                _ = Unmap(address, bytes);
                return;
            }

            _gaps.Add((address, bytes));
        }
    }

    [LibraryImport(Library, EntryPoint = "mmap")]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int descriptor, nint offset);

    [LibraryImport(Library, EntryPoint = "getauxval")]
    private static partial nuint GetAuxiliaryValue(nuint type);

    [LibraryImport(Library, EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint length);
}
