using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>Owns a pointer that zero makes invalid. For objects that outlive an invocation; see <see cref="StoreApi"/>.</summary>
internal abstract class WasmtimeHandle : SafeHandle
{
    protected WasmtimeHandle(nint pointer)
        : base(0, ownsHandle: true)
    {
        SetHandle(pointer);
    }

    public sealed override bool IsInvalid => handle == 0;
}
