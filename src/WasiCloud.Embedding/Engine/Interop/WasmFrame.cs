using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>
/// One guest function of a backtrace. Wasmtime keeps the innermost 20, so a stack overflow costs no more to read than
/// any other trap. Offsets are in bytes of the wasm file.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct WasmFrame(
    string? ModuleName,
    string? FunctionName,
    uint FunctionIndex,
    ulong? FunctionOffset,
    ulong? ModuleOffset)
{
    /// <summary>Reads the frames and deletes them; must run before their trap or error is deleted.</summary>
    internal static unsafe IReadOnlyList<WasmFrame> TakeAll(PointerVector* vector)
    {
        var frames = new WasmFrame[vector->Span.Length];
        for (var i = 0; i < frames.Length; i++)
            frames[i] = Read(vector->Data[i]);
        VectorApi.DeleteFrames(vector);
        return frames;
    }

    private static unsafe WasmFrame Read(nint frame) => new(
        ByteVector.ReadName(FrameApi.ModuleName(frame)),
        ByteVector.ReadName(FrameApi.FunctionName(frame)),
        FrameApi.FunctionIndex(frame),
        KnownOffset(FrameApi.FunctionOffset(frame)),
        KnownOffset(FrameApi.ModuleOffset(frame)));

    private static ulong? KnownOffset(nuint offset) => offset == nuint.MaxValue ? null : offset;
}
