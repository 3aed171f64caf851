namespace WasiCloud.Embedding.HostCalls;

/// <summary>Hears what the guest must not.</summary>
internal interface IGuestDiagnostics
{
    /// <summary>A mount, backend or this library threw; the guest got <c>EIO</c>.</summary>
    /// <param name="function">The WASI function.</param>
    /// <param name="path">The path concerned, as far as it is known.</param>
    /// <param name="exception">What was thrown.</param>
    void HostCallFailed(string function, string path, Exception exception);
}
