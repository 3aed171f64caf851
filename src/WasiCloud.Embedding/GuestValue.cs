using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace WasiCloud.Embedding;

/// <summary>
/// The types of values (WebAssembly core specification section 2.3.5, "Value Types"). Hosts and guests exchange the numbers:
/// <see cref="I32"/>, <see cref="I64"/>, <see cref="F32"/> and <see cref="F64"/>.
/// </summary>
public enum GuestValueType
{
    /// <summary>No value: what a function without results returns.</summary>
    None,

    /// <summary>32 bits, an integer of either signedness, or an address in the guest's memory.</summary>
    I32,

    /// <summary>64 bits, an integer of either signedness.</summary>
    I64,

    /// <summary>IEEE 754 binary32.</summary>
    F32,

    /// <summary>IEEE 754 binary64.</summary>
    F64,

    /// <summary>128 bits. A module may have it in its types; hosts and guests do not exchange it.</summary>
    V128,

    /// <summary>A function, or none. A module may have it in its types; hosts and guests do not exchange it.</summary>
    FuncRef,

    /// <summary>Something of a host's, or nothing. A module may have it in its types; hosts and guests do not exchange it.</summary>
    ExternRef,

    /// <summary>Another reference. A module may have it in its types; hosts and guests do not exchange it.</summary>
    Reference,
}

/// <summary>An argument or a result of a guest's function, or of a host's. C# numbers convert to it.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly struct GuestValue : IEquatable<GuestValue>
{
    internal GuestValue(GuestValueType type, long bits) => (Type, Bits) = (type, bits);

    /// <summary>Its type.</summary>
    public GuestValueType Type { get; }

    // Whatever is above the lower half of a 32-bit value does not count.
    internal long Bits { get; }

    /// <summary>An <see cref="GuestValueType.I32"/>.</summary>
    /// <param name="value">The number.</param>
    public static implicit operator GuestValue(int value) => new(GuestValueType.I32, value);

    /// <summary>An <see cref="GuestValueType.I32"/>.</summary>
    /// <param name="value">The number.</param>
    public static implicit operator GuestValue(uint value) => new(GuestValueType.I32, value);

    /// <summary>An <see cref="GuestValueType.I64"/>.</summary>
    /// <param name="value">The number.</param>
    public static implicit operator GuestValue(long value) => new(GuestValueType.I64, value);

    /// <summary>An <see cref="GuestValueType.I64"/>.</summary>
    /// <param name="value">The number.</param>
    public static implicit operator GuestValue(ulong value) => new(GuestValueType.I64, (long)value);

    /// <summary>An <see cref="GuestValueType.F32"/>, bit for bit.</summary>
    /// <param name="value">The number.</param>
    public static implicit operator GuestValue(float value) => new(GuestValueType.F32, BitConverter.SingleToInt32Bits(value));

    /// <summary>An <see cref="GuestValueType.F64"/>, bit for bit.</summary>
    /// <param name="value">The number.</param>
    public static implicit operator GuestValue(double value) => new(GuestValueType.F64, BitConverter.DoubleToInt64Bits(value));

    /// <summary>Whether both have the same type and bits; so a NaN equals itself, and 0 is not -0.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    public static bool operator ==(GuestValue left, GuestValue right) => left.Equals(right);

    /// <summary>Whether type or bits differ.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    public static bool operator !=(GuestValue left, GuestValue right) => !left.Equals(right);

    /// <summary>The number, signed.</summary>
    /// <exception cref="InvalidOperationException">It is not an <see cref="GuestValueType.I32"/>.</exception>
    public int ToInt32() => (int)Expect(GuestValueType.I32);

    /// <summary>The number, unsigned.</summary>
    /// <exception cref="InvalidOperationException">It is not an <see cref="GuestValueType.I32"/>.</exception>
    public uint ToUInt32() => (uint)Expect(GuestValueType.I32);

    /// <summary>The number, signed.</summary>
    /// <exception cref="InvalidOperationException">It is not an <see cref="GuestValueType.I64"/>.</exception>
    public long ToInt64() => Expect(GuestValueType.I64);

    /// <summary>The number, unsigned.</summary>
    /// <exception cref="InvalidOperationException">It is not an <see cref="GuestValueType.I64"/>.</exception>
    public ulong ToUInt64() => (ulong)Expect(GuestValueType.I64);

    /// <summary>The number.</summary>
    /// <exception cref="InvalidOperationException">It is not an <see cref="GuestValueType.F32"/>.</exception>
    public float ToSingle() => BitConverter.Int32BitsToSingle((int)Expect(GuestValueType.F32));

    /// <summary>The number.</summary>
    /// <exception cref="InvalidOperationException">It is not an <see cref="GuestValueType.F64"/>.</exception>
    public double ToDouble() => BitConverter.Int64BitsToDouble(Expect(GuestValueType.F64));

    /// <inheritdoc/>
    public bool Equals(GuestValue other) =>
        Type == other.Type && (Type is GuestValueType.I32 or GuestValueType.F32 ? (int)Bits == (int)other.Bits : Bits == other.Bits);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is GuestValue other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Type, (int)Bits);

    /// <summary>The number in the invariant culture; empty if there is none.</summary>
    public override string ToString() => Type switch
    {
        GuestValueType.I32 => ToInt32().ToString(CultureInfo.InvariantCulture),
        GuestValueType.I64 => ToInt64().ToString(CultureInfo.InvariantCulture),
        GuestValueType.F32 => ToSingle().ToString(CultureInfo.InvariantCulture),
        GuestValueType.F64 => ToDouble().ToString(CultureInfo.InvariantCulture),
        _ => string.Empty,
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private long Expect(GuestValueType type)
    {
        if (Type != type) ThrowOther(type);
        return Bits;
    }

    private void ThrowOther(GuestValueType type) => throw new InvalidOperationException($"The value is {Type}, not {type}.");
}
