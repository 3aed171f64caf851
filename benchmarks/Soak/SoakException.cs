namespace WasiCloud.Embedding.Soak;

/// <summary>What the host's function throws.</summary>
internal sealed class SoakException : Exception
{
    public SoakException()
        : base("This is the soak's exception.")
    {
    }
}
