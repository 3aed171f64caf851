namespace WasiCloud.Embedding.KeyValue;

/// <summary>
/// Marks a backend of this library whose get, list and commit complete before they return, run no foreign code and never wait,
/// so that a mount on it may run on the guest's own stack (<c>VirtualNode.IsSynchronous</c>).
/// </summary>
internal interface ISynchronousKeyValueBackend : IKeyValueBackend
{
    /// <summary>While it is held, nobody else reads or commits.</summary>
    Lock Exclusive { get; }
}
