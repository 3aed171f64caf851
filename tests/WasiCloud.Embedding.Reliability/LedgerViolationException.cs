namespace WasiCloud.Embedding.Reliability;

/// <summary>What was promised did not hold.</summary>
public sealed class LedgerViolationException(string message, Exception? inner = null) : Exception(message, inner);
