namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>Something a module offers to its host, most often a function or its memory.</summary>
internal sealed record ModuleExport(string Name, ExternType Type)
{
    public override string ToString() => $"{Name}{Type}";
}
