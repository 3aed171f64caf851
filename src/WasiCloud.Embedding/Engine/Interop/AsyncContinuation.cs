using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>wasmtime/async.h, wasmtime_async_continuation_t: asked whenever the guest is polled, whether the host call has completed.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct AsyncContinuation
{
    internal delegate* unmanaged<nint, byte> Callback;
    internal nint Environment;
    internal nint Finalizer;
}
