namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>Without limits: see <see cref="ExternTypeApi"/> for why they are not read.</summary>
internal sealed record TableType(WasmValueType Element) : ExternType
{
    internal static new TableType Read(nint tableType) =>
        new(WasmValueType.Read(ExternTypeApi.TableElement(tableType)));

    public override string ToString() => $": table {Element}";
}
