namespace WasiCloud.Embedding;

/// <summary>What became of a program that <see cref="InvocationHostRunExtensions.RunAsync"/> ran to its end.</summary>
/// <param name="ExitCode">What it passed to <c>proc_exit</c>; 0 if it ended without.</param>
/// <param name="StandardOutput">All that it wrote to standard output.</param>
/// <param name="StandardError">What it wrote to standard error, or the last of it (<see cref="GuestOutput.IsTruncated"/>).</param>
public sealed record GuestRunResult(int ExitCode, GuestOutput StandardOutput, GuestOutput StandardError);
