using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.HostCalls;

/// <summary>
/// How a host call went: with an errno for the guest, which goes on, or with the guest's end. As cheap as a number, and made from an <see cref="Errno"/>.
/// </summary>
public readonly record struct HostCallOutcome
{
    private const int KindShift = 32;

    // Seen within this library only.
    private const HostCallOutcomeKind Pending = (HostCallOutcomeKind)3;

    private HostCallOutcome(HostCallOutcomeKind kind, uint value) => Bits = ((ulong)kind << KindShift) | value;

    /// <summary>Reads what <see cref="Bits"/> gave.</summary>
    internal HostCallOutcome(ulong bits) => Bits = bits;

    /// <summary>The guest was ended while it was in the call, which gave it no result: it was cancelled, had reached a limit, or the host failed.</summary>
    public static HostCallOutcome Ended { get; } = new(HostCallOutcomeKind.Ended, 0);

    /// <summary>What happened.</summary>
    public HostCallOutcomeKind Kind => (HostCallOutcomeKind)(Bits >> KindShift);

    /// <summary>
    /// What the guest was told, of a call that <see cref="HostCallOutcomeKind.Completed"/>. Of others, and of functions without an errno, <see
    /// cref="Errno.Success"/>.
    /// </summary>
    public Errno Error => IsCompleted ? (Errno)Bits : Errno.Success;

    /// <summary>The guest's exit code, of a call that <see cref="HostCallOutcomeKind.Exited"/>; otherwise 0.</summary>
    public int ExitCode => Kind == HostCallOutcomeKind.Exited ? (int)(uint)Bits : 0;

    /// <summary>Not an outcome yet: the synchronous half changed nothing, and the pending half is to be run.</summary>
    internal static HostCallOutcome MustWait => new(Pending, 0);

    /// <summary>Whether this is <see cref="MustWait"/>.</summary>
    internal bool IsMustWait => Bits == (ulong)Pending << KindShift;

    /// <summary>Whether the guest goes on with <see cref="Error"/>.</summary>
    internal bool IsCompleted => Bits <= uint.MaxValue;

    /// <summary>Everything, in one number.</summary>
    internal ulong Bits { get; }

    /// <summary>The guest goes on, and is told an errno.</summary>
    /// <param name="error">The errno.</param>
    public static implicit operator HostCallOutcome(Errno error) => new((ulong)error);

    /// <summary>The guest goes on, and is told an errno.</summary>
    /// <param name="error">The errno.</param>
    /// <returns>The outcome.</returns>
    public static HostCallOutcome FromErrno(Errno error) => error;

    /// <summary>The guest asked to end.</summary>
    /// <param name="code">Its exit code.</param>
    /// <returns>The outcome.</returns>
    public static HostCallOutcome Exit(int code) => new(HostCallOutcomeKind.Exited, (uint)code);

    /// <summary>The errno's name, or what else happened.</summary>
    /// <returns>A text for a log or a trace.</returns>
    public override string ToString() => Kind switch
    {
        HostCallOutcomeKind.Completed => Error.ToString(),
        HostCallOutcomeKind.Exited => FormattableString.Invariant($"exit {ExitCode}"),
        HostCallOutcomeKind.Ended => "ended",
        _ => "pending",
    };
}
