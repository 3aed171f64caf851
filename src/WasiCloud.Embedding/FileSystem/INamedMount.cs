namespace WasiCloud.Embedding.FileSystem;

/// <summary>
/// Marks a mount of this library of which the host decides what there is in it: a policy that names something else there is mostly a slip of the pen.
/// </summary>
internal interface INamedMount : IVirtualMount
{
    /// <summary>Whether there is something of a name.</summary>
    ValueTask<bool> HasAsync(string name, CancellationToken cancellationToken);

    /// <summary>Lists the names of what there is.</summary>
    ValueTask<IReadOnlyCollection<string>> ListAsync(CancellationToken cancellationToken);
}
