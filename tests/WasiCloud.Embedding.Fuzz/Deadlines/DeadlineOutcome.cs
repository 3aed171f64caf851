namespace WasiCloud.Embedding.Fuzz.Deadlines;

/// <summary>How one guest ended.</summary>
/// <param name="Function">What it called.</param>
/// <param name="Over">How long after its time it had ended.</param>
/// <param name="Ending">How it ended: <see cref="Time"/>, <see cref="Canceled"/>, or else before its time.</param>
internal readonly record struct DeadlineOutcome(string Function, TimeSpan Over, string Ending)
{
    public const string Time = "time";
    public const string Canceled = "cancelled";

    /// <summary>Whether the guest ran until its time was over.</summary>
    public bool IsMeasured => Ending is Time or Canceled;
}
