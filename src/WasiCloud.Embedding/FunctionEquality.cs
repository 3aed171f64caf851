namespace WasiCloud.Embedding;

/// <summary>Tells whether two registrations have the same function.</summary>
internal static class FunctionEquality
{
    /// <summary>
    /// Whether both are one function: one method, of objects that are equal. A lambda that captures nothing is equal to itself, and one that captures something
    /// only if it is the same delegate; a method of a record is equal to that of an equal record.
    /// </summary>
    public static bool AreSame(Delegate? one, Delegate? other) =>
        Equals(one, other) || (one?.Target is { } target && other is not null && one.Method == other.Method && target.Equals(other.Target));
}
