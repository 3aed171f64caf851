namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>Sizes in pages. Renders as <c>: memory 1..16</c>, with 64 and shared where they apply.</summary>
internal sealed record MemoryType(ulong Minimum, ulong? Maximum, bool Is64, bool IsShared) : ExternType
{
    internal static unsafe new MemoryType Read(nint memoryType)
    {
        ulong maximum = 0;
        var isBounded = ExternTypeApi.MemoryMaximum(memoryType, &maximum);
        return new MemoryType(
            ExternTypeApi.MemoryMinimum(memoryType),
            isBounded ? maximum : null,
            ExternTypeApi.MemoryIs64(memoryType),
            ExternTypeApi.MemoryIsShared(memoryType));
    }

    public override string ToString() =>
        FormattableString.Invariant($": memory{(Is64 ? "64" : "")}{(IsShared ? " shared" : "")} {Minimum}..{Maximum}");
}
