namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>An exception tag, whose payload nobody here needs to know.</summary>
internal sealed record TagType : ExternType
{
    public override string ToString() => ": tag";
}
