namespace WasiCloud.Embedding.Engine.Compilation;

/// <summary>
/// Somebody else than the current user and root could put a file where compiled modules are. The message says where and why, as the rest of a sentence.
/// </summary>
internal sealed class UntrustedPathException(string message) : IOException(message);
