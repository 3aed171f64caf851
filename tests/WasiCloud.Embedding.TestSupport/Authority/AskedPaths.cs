namespace WasiCloud.Embedding.Tests.Authority;

/// <summary>What a <see cref="RecordingMount"/> was asked for: the operation, and the path.</summary>
internal sealed class AskedPaths : List<(string Operation, string Path)>;
