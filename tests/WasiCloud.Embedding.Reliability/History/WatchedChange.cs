namespace WasiCloud.Embedding.Reliability.History;

/// <summary>One change that a watch told of.</summary>
/// <param name="Key">The key.</param>
/// <param name="IsPut">Whether it was written; otherwise it was removed.</param>
/// <param name="Version">The number of the commit.</param>
internal readonly record struct WatchedChange(string Key, bool IsPut, long Version);
