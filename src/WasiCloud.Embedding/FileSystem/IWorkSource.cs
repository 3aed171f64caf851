namespace WasiCloud.Embedding.FileSystem;

/// <summary>Gives a guest that lives long one thing after another to do. The guest's computing is limited for each.</summary>
internal interface IWorkSource
{
    /// <summary>How many requests or messages the guest has begun to read. May be read from any thread.</summary>
    int Taken { get; }
}
