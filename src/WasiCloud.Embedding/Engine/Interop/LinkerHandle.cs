using System.Diagnostics.CodeAnalysis;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>wasmtime_linker_t: host functions by name. Filled once, then only read, then safe from any thread.</summary>
internal sealed unsafe class LinkerHandle : WasmtimeHandle
{
    internal LinkerHandle(EngineHandle engine)
        : base(LinkerApi.New(engine))
    {
    }

    private LinkerHandle(nint pointer)
        : base(pointer)
    {
    }

    /// <summary>Makes a linker that has the same definitions, and gets others of its own.</summary>
    internal LinkerHandle Clone() => new(LinkerApi.Clone(this));

    /// <summary>Defines the functions that a module would miss; calling one is an error that names it. Returns why not, or null.</summary>
    internal WasmtimeError? DefineUnknownImportsAsTraps(WasmModuleHandle module) => WasmtimeError.Take(LinkerApi.DefineUnknownImportsAsTraps(this, module));

    /// <summary>
    /// Defines a host function for all stores. <paramref name="callback"/> receives (data, caller, values, count), and
    /// returns zero or an owned wasm_trap_t; no exception may leave it. Returns why not, or null.
    /// </summary>
    internal WasmtimeError? DefineFunction(
        ReadOnlySpan<byte> module,
        ReadOnlySpan<byte> name,
        ReadOnlySpan<WasmValueKind> parameters,
        ReadOnlySpan<WasmValueKind> results,
        delegate* unmanaged<nint, nint, ValRaw*, nuint, nint> callback,
        nint data)
    {
        var type = FunctionTypeApi.Create(parameters, results);
        try
        {
            fixed (byte* modulePointer = module, namePointer = name)
            {
                return WasmtimeError.Take(LinkerApi.DefineFunctionUnchecked(
                    this, modulePointer, (nuint)module.Length, namePointer, (nuint)name.Length, type, callback, data, 0));
            }
        }
        finally
        {
            FunctionTypeApi.Delete(type);
        }
    }

    /// <summary>
    /// As <see cref="DefineFunction"/>, for guests on fibers: the callback writes a continuation, and the guest is left until that says that it has completed.
    /// </summary>
    internal WasmtimeError? DefineAsyncFunction(
        ReadOnlySpan<byte> module,
        ReadOnlySpan<byte> name,
        ReadOnlySpan<WasmValueKind> parameters,
        ReadOnlySpan<WasmValueKind> results,
        delegate* unmanaged<nint, nint, WasmValue*, nuint, WasmValue*, nuint, nint*, AsyncContinuation*, void> callback,
        nint data)
    {
        var type = FunctionTypeApi.Create(parameters, results);
        try
        {
            fixed (byte* modulePointer = module, namePointer = name)
            {
                return WasmtimeError.Take(AsyncApi.DefineFunction(
                    this, modulePointer, (nuint)module.Length, namePointer, (nuint)name.Length, type, callback, data, 0));
            }
        }
        finally
        {
            FunctionTypeApi.Delete(type);
        }
    }

    /// <summary>Resolves and type-checks all imports now, so that instantiating does not.</summary>
    internal bool TryInstantiatePre(
        WasmModuleHandle module,
        [NotNullWhen(true)] out InstancePreHandle? instancePre,
        [NotNullWhen(false)] out WasmtimeError? error)
    {
        nint pointer = 0;
        error = WasmtimeError.Take(LinkerApi.InstantiatePre(this, module, &pointer));
        instancePre = error is null ? new InstancePreHandle(pointer) : null;
        return error is null;
    }

    protected override bool ReleaseHandle()
    {
        LinkerApi.Delete(handle);
        return true;
    }
}
