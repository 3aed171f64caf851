using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using WasiCloud.Embedding.HostCalls;
using WasiCloud.Embedding.Tests.Preview1;

namespace WasiCloud.Embedding.Tests.HostCalls;

/// <summary>One page of guest memory between two guard zones, so that a host write outside it is noticed.</summary>
internal sealed unsafe class NativeGuestMemory : IDisposable
{
    public const uint Size = 65_536;
    private const int Guard = 4_096;
    private const byte Fill = 0xA5;

    private readonly byte* _allocation = (byte*)NativeMemory.Alloc(Size + (2 * Guard));
    private readonly byte[] _snapshot = new byte[Size];
    private uint _next = 1_024;

    public NativeGuestMemory()
    {
        new Span<byte>(_allocation, (int)Size + (2 * Guard)).Fill(Fill);
        Snapshot();
    }

    public GuestMemory Memory => new(_allocation + Guard, Size);

    /// <summary>Tells a guest's context where this is.</summary>
    public void RefreshIn(HostCallContext context) => context.RefreshMemory(_allocation + Guard, Size);

    public Span<byte> Bytes => new(_allocation + Guard, (int)Size);

    /// <summary>Finds room, aligned to 16 and surrounded by bytes that nobody has a reason to touch.</summary>
    public uint Allocate(int size)
    {
        var address = _next;
        _next = (_next + (uint)size + 31) & ~15u;
        if (_next > Size - 1_024) throw new InvalidOperationException("The test uses more than a page.");
        return address;
    }

    public uint Put(ReadOnlySpan<byte> bytes)
    {
        var address = Allocate(bytes.Length);
        bytes.CopyTo(Bytes[(int)address..]);
        return address;
    }

    /// <summary>Makes room for the next call's arguments.</summary>
    public void Reuse() => _next = 1_024;

    public uint U32(uint address) => BinaryPrimitives.ReadUInt32LittleEndian(Bytes[(int)address..]);

    public ulong U64(uint address) => BinaryPrimitives.ReadUInt64LittleEndian(Bytes[(int)address..]);

    public ushort U16(uint address) => BinaryPrimitives.ReadUInt16LittleEndian(Bytes[(int)address..]);

    public byte[] Slice(uint address, uint length) => Bytes.Slice((int)address, (int)length).ToArray();

    public string Text(uint address, uint length) => Encoding.UTF8.GetString(Bytes.Slice((int)address, (int)length));

    public void Snapshot() => Bytes.CopyTo(_snapshot);

    /// <summary>The addresses whose bytes differ from the last snapshot.</summary>
    public List<uint> Changes()
    {
        var changes = new List<uint>();
        if (Bytes.SequenceEqual(_snapshot)) return changes;
        for (var index = 0; index < _snapshot.Length; index++)
        {
            if (Bytes[index] != _snapshot[index]) changes.Add((uint)index);
        }

        return changes;
    }

    public bool GuardsAreIntact =>
        new ReadOnlySpan<byte>(_allocation, Guard).IndexOfAnyExcept(Fill) < 0
            && new ReadOnlySpan<byte>(_allocation + Guard + Size, Guard).IndexOfAnyExcept(Fill) < 0;

    public void Dispose() => NativeMemory.Free(_allocation);
}
