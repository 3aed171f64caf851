using System.Runtime.InteropServices;
using WasiCloud.Embedding.HostCalls;

namespace WasiCloud.Embedding.Fuzz.Imports;

/// <summary>
/// Guest memory of any size that ends where an inaccessible page begins: a read or write behind it ends the process. In front of it are canaries, and before
/// them another inaccessible page. Linux only.
/// </summary>
internal sealed unsafe partial class GuardedMemory : IDisposable
{
    private const int PageBytes = 4096;
    private const byte Canary = 0xA5;
    private const int ReadWrite = 3;
    private const int None = 0;
    private const int PrivateAnonymousNoReserve = 0x4022;

    private readonly byte* _mapping;
    private readonly nuint _mappedBytes;
    private readonly byte* _start;
    private readonly int _canaries;

    public GuardedMemory(ulong size)
    {
        var usable = (nuint)((size + PageBytes - 1) / PageBytes * PageBytes);
        _mappedBytes = usable + (2 * PageBytes);
        _mapping = Map(null, _mappedBytes, None, PrivateAnonymousNoReserve, -1, 0);
        if ((nint)_mapping == -1) throw new InvalidOperationException($"mmap failed with {Marshal.GetLastPInvokeError()}.");
        if (usable > 0 && Protect(_mapping + PageBytes, usable, ReadWrite) != 0)
            throw new InvalidOperationException($"mprotect failed with {Marshal.GetLastPInvokeError()}.");
        _canaries = (int)(usable - (nuint)size);
        _start = _mapping + PageBytes + _canaries;
        new Span<byte>(_mapping + PageBytes, _canaries).Fill(Canary);
        Length = size;
    }

    public ulong Length { get; }

    public GuestMemory Memory => new(_start, Length);

    public bool CanariesAreIntact => new ReadOnlySpan<byte>(_mapping + PageBytes, _canaries).IndexOfAnyExcept(Canary) < 0;

    /// <summary>The bytes from an address on, which must lie inside.</summary>
    public Span<byte> Slice(ulong address, int count)
    {
        if (address > Length || (ulong)count > Length - address) throw new ArgumentOutOfRangeException(nameof(address));
        return new Span<byte>(_start + address, count);
    }

    public void Dispose() => _ = Unmap(_mapping, _mappedBytes);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial byte* Map(void* address, nuint length, int protection, int flags, int descriptor, long offset);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static partial int Protect(void* address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int Unmap(void* address, nuint length);
}
