namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>Something a module offers to its host, most often a function or its memory.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Type">Its type, if that was read.</param>
internal sealed record ModuleExport(string Name, ExternKind Kind, ExternType? Type)
{
    public override string ToString() => $"{Name}{Type}";
}
