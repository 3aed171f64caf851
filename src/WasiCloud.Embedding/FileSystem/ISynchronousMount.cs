namespace WasiCloud.Embedding.FileSystem;

/// <summary>
/// Marks a mount of this library whose <see cref="IVirtualMount.AttachAsync"/> completes before it returns and never waits, so that it may run on the guest's
/// stack.
/// </summary>
internal interface ISynchronousMount : IVirtualMount;
