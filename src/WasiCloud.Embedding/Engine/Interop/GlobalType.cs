namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>Renders as <c>: global mut i32</c>.</summary>
internal sealed record GlobalType(WasmValueType Content, bool IsMutable) : ExternType
{
    internal static new GlobalType Read(nint globalType) => new(
        WasmValueType.Read(ExternTypeApi.GlobalContent(globalType)),
        ExternTypeApi.GlobalMutability(globalType) != 0);

    public override string ToString() => IsMutable ? $": global mut {Content}" : $": global {Content}";
}
