using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.KeyValue;

/// <summary>The outcome of a commit.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct KeyValueCommitResult
{
    private KeyValueCommitResult(long revision, int failedOperation) => (Revision, FailedOperation) = (revision, failedOperation);

    /// <summary>Whether everything was applied.</summary>
    public bool Succeeded => FailedOperation < 0;

    /// <summary>The scope's revision after the commit.</summary>
    public long Revision { get; }

    /// <summary>The index of the first operation whose condition did not hold, or -1.</summary>
    public int FailedOperation { get; }

    /// <summary>A success.</summary>
    /// <param name="revision">The revision of the commit.</param>
    /// <returns>The result.</returns>
    public static KeyValueCommitResult Committed(long revision) => new(revision, -1);

    /// <summary>A failed condition; nothing was changed.</summary>
    /// <param name="operation">The index of the operation.</param>
    /// <param name="revision">The scope's current revision.</param>
    /// <returns>The result.</returns>
    public static KeyValueCommitResult Conflict(int operation, long revision) => new(revision, operation);
}
