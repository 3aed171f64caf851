using System.Runtime.InteropServices;
using WasiCloud.Embedding.Engine.Interop;
using WasiCloud.Embedding.HostCalls;

namespace WasiCloud.Embedding.Engine.Execution;

/// <summary>The memory of the instance in a store, once somebody has looked for it. It lies in the pool, where it never moves.</summary>
[StructLayout(LayoutKind.Auto)]
internal unsafe struct StoreMemory
{
    private MemoryReference _memory;
    private byte* _start;
    private bool _isKnown;

    /// <summary>Its size in bytes; 0 if the guest has none or nobody has looked for it.</summary>
    /// <param name="context">wasmtime_context_t of the store.</param>
    public readonly long SizeIn(nint context) => _isKnown ? (long)MemoryApi.DataSize(context, _memory) : 0;

    /// <summary>It, between two calls.</summary>
    public readonly GuestMemory Read(nint context) => _isKnown ? new GuestMemory(_start, MemoryApi.DataSize(context, _memory)) : default;

    /// <summary>Reads anew how large it is: it may have grown since the last host call.</summary>
    /// <param name="context">wasmtime_context_t of the store.</param>
    /// <param name="caller">The call that is under way: a start section makes host calls before the instance is known, whose exports the caller knows.</param>
    /// <param name="guest">Is told.</param>
    public void Refresh(nint context, nint caller, HostCallContext guest)
    {
        if (!_isKnown && !TryFind(context, caller)) return;
        guest.RefreshMemory(_start, MemoryApi.DataSize(context, _memory));
    }

    /// <summary>It is this one.</summary>
    public void Found(nint context, in MemoryReference memory)
    {
        (_memory, _isKnown) = (memory, true);
        _start = MemoryApi.Data(context, _memory);
    }

    /// <summary>The instance is no more.</summary>
    public void Forget() => _isKnown = false;

    private bool TryFind(nint context, nint caller)
    {
        if (!FunctionApi.TryGetCallerExport(caller, "memory"u8, out var item) || item.Kind != ExternItemKind.Memory) return false;
        Found(context, item.Memory);
        return true;
    }
}
