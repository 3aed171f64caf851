using WasiCloud.Embedding.Engine.Execution;

namespace WasiCloud.Embedding.Hosting.Reactors;

/// <summary>How an instance ended, and why.</summary>
/// <param name="Outcome">How.</param>
/// <param name="Reason">What the call threw that ended it, or why it was interrupted; <see langword="null"/> if it was disposed.</param>
internal sealed record InstanceEnd(GuestOutcome Outcome, Exception? Reason);
