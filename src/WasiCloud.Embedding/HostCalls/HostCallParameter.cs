using System.Globalization;

namespace WasiCloud.Embedding.HostCalls;

/// <summary>A parameter of a host function. Immutable.</summary>
public sealed class HostCallParameter
{
    internal HostCallParameter(string name, HostCallValueType type, HostCallParameterRole role) => (Name, Type, Role) = (name, type, role);

    /// <summary>Its name, as short as in a trace. Of a function of the application, <c>$0</c> and so on.</summary>
    public string Name { get; }

    /// <summary>Its type.</summary>
    public HostCallValueType Type { get; }

    /// <summary>What the number means.</summary>
    public HostCallParameterRole Role { get; }

    /// <summary>A parameter of a function that gives it no name.</summary>
    internal static HostCallParameter Argument(int index, HostCallValueType type) =>
        new(string.Create(CultureInfo.InvariantCulture, $"${index}"), type, HostCallParameterRole.Number);

    internal static HostCallParameter I32(string name) => new(name, HostCallValueType.I32, HostCallParameterRole.Number);

    internal static HostCallParameter I64(string name) => new(name, HostCallValueType.I64, HostCallParameterRole.Number);

    internal static HostCallParameter Bits(string name) => new(name, HostCallValueType.I32, HostCallParameterRole.Bits);

    internal static HostCallParameter WideBits(string name) => new(name, HostCallValueType.I64, HostCallParameterRole.Bits);

    internal static HostCallParameter Address(string name) => new(name, HostCallValueType.I32, HostCallParameterRole.Address);

    internal static HostCallParameter Result32(string name) => new(name, HostCallValueType.I32, HostCallParameterRole.Result32);

    internal static HostCallParameter Result64(string name) => new(name, HostCallValueType.I32, HostCallParameterRole.Result64);

    /// <summary>The two parameters of a text.</summary>
    internal static HostCallParameter[] Utf8(string name) =>
    [
        new(name, HostCallValueType.I32, HostCallParameterRole.Text),
        new(name + " length", HostCallValueType.I32, HostCallParameterRole.TextLength),
    ];
}
