namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>A wasmtime_error_t read out and deleted: a failure of the host, of a module, or of a host function.</summary>
internal sealed record WasmtimeError(string Message, int? ExitStatus, IReadOnlyList<WasmFrame> Frames)
{
    /// <summary>Throws what a call answered that has no reason to fail.</summary>
    /// <exception cref="InvalidOperationException">It is an error.</exception>
    internal static void Check(nint error)
    {
        if (Take(error) is { } failure) throw new InvalidOperationException(failure.Message);
    }

    /// <summary>Null for zero, the C API's "no error".</summary>
    internal static unsafe WasmtimeError? Take(nint error)
    {
        if (error == 0)
            return null;

        try
        {
            ByteVector message = default;
            ErrorApi.Message(error, &message);
            var status = 0;
            var hasStatus = ErrorApi.ExitStatus(error, &status);
            PointerVector frames = default;
            ErrorApi.Trace(error, &frames);
            return new WasmtimeError(ByteVector.TakeMessage(&message), hasStatus ? status : null, WasmFrame.TakeAll(&frames));
        }
        finally
        {
            ErrorApi.Delete(error);
        }
    }
}
