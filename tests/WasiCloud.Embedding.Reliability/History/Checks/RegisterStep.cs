using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Reliability.History.Checks;

/// <summary>
/// What a call on a register does to it if it happens at one moment between its beginning and its end. Values are numbers; 0 is that there is none.
/// </summary>
/// <param name="Call">The call.</param>
/// <param name="Condition">What must hold at that moment.</param>
/// <param name="Compared">What the register's value is compared with, if the condition compares it.</param>
/// <param name="Written">What it is afterwards; <see langword="null"/> if that does not change.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct RegisterStep(Call Call, RegisterCondition Condition, int Compared, int? Written)
{
    /// <summary>Whether it may be that it never happens.</summary>
    public bool IsOptional => Call.Outcome == Outcome.Unknown;

    /// <summary>Whether it can happen now.</summary>
    public bool CanFollow(int value) => Condition switch
    {
        RegisterCondition.None => true,
        RegisterCondition.Equal => value == Compared,
        _ => value != Compared,
    };
}

/// <summary>What a step asks of a register.</summary>
internal enum RegisterCondition
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>A value.</summary>
    Equal,

    /// <summary>Any other value.</summary>
    Different,
}
