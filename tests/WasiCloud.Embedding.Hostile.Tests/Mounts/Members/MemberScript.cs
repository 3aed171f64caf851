namespace WasiCloud.Embedding.Hostile.Tests.Mounts.Members;

/// <summary>How a member of a mount answers.</summary>
internal enum Manner
{
    /// <summary>As the script says, before it returns.</summary>
    AtOnce,

    /// <summary>As the script says, from another thread.</summary>
    Later,

    /// <summary>Not before it is cancelled.</summary>
    Slowly,

    /// <summary>It leaves what it began behind when it is cancelled, and that goes on afterwards.</summary>
    TooLate,
}

/// <summary>What one member of a <see cref="ScriptedMount"/> does; all others are honest.</summary>
/// <param name="Member">Its name, with its type's.</param>
/// <param name="Manner">How it answers.</param>
/// <param name="Lie">What it answers, or throws.</param>
internal sealed record MemberScript(string Member, Manner Manner, Func<object?>? Lie = null)
{
    /// <summary>All are honest.</summary>
    public static MemberScript Honest { get; } = new(string.Empty, Manner.AtOnce);
}
