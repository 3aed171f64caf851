using System.Runtime.InteropServices;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding;

/// <summary>Something that a module exports.</summary>
/// <param name="Name">Its name, as the module has it: of any characters, control and bidirectional ones among them. <see cref="ToString"/> escapes
/// it.</param>
/// <param name="Type">Its type.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct GuestModuleExport(string Name, GuestExternType Type)
{
    /// <summary>On one line, fit for a log: the name cut to 200 characters, control and bidirectional ones escaped (<c>\u{1b}</c>), and the type.</summary>
    public override string ToString() => $"{SafeText.Of(Name)}: {SafeText.Of(Type.ToString())}";
}

/// <summary>Something that a module imports.</summary>
/// <param name="Module">The name of the module that it is to come from, of any characters. <see cref="ToString"/> escapes it.</param>
/// <param name="Name">Its name, of any characters.</param>
/// <param name="Type">Its type.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct GuestModuleImport(string Module, string Name, GuestExternType Type)
{
    /// <summary>On one line, fit for a log: names cut to 200 characters, control and bidirectional ones escaped (<c>\u{1b}</c>), and the type.</summary>
    public override string ToString() => $"{SafeText.Of(Module)}.{SafeText.Of(Name)}: {SafeText.Of(Type.ToString())}";
}
