namespace WasiCloud.Embedding;

/// <summary>A module as a repository has it.</summary>
/// <param name="wasm">
/// Its bytes, read once to the end, or not at all if the version is the one that serves. Of a stream without end no more is read than
/// <see cref="IInvocationHost.MaxModuleBytes"/> and one byte.
/// </param>
/// <param name="version">
/// By what a change shows, such as an entity tag: of the same version the bytes are the same. <see langword="null"/>: only the bytes tell, which are read at
/// each check.
/// </param>
public sealed class GuestModuleContent(Stream wasm, string? version = null)
{
    /// <summary>Its bytes.</summary>
    public Stream Wasm { get; } = wasm;

    /// <summary>By what a change shows, if that can be told without reading the bytes.</summary>
    public string? Version { get; } = version;
}
