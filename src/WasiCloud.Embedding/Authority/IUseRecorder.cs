namespace WasiCloud.Embedding.Authority;

/// <summary>Is told what an observed guest uses. Thread-safe.</summary>
internal interface IUseRecorder
{
    /// <summary>Something that may be done is done.</summary>
    /// <param name="names">The components of the path.</param>
    /// <param name="access">What is done.</param>
    /// <param name="isTenant">Whether with the tenant's part.</param>
    void Record(string[] names, GuestAccess access, bool isTenant);
}
