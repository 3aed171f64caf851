namespace WasiCloud.Embedding.FileSystem;

/// <summary>
/// Gives a guest that lives long one thing after another to do: as a feature of its invocation (<see cref="InvocationContext.AddFeature"/>), it makes the
/// limit of what the guest may compute one of each thing, not of its life.
/// </summary>
public interface IWorkSource
{
    /// <summary>
    /// How many requests, messages or other things the guest has begun to read; does not decrease. Read from any thread, every few milliseconds.
    /// </summary>
    int Taken { get; }
}
