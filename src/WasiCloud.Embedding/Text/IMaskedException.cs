namespace WasiCloud.Embedding.Text;

/// <summary>An exception that was caused by others whose messages have secrets in them.</summary>
internal interface IMaskedException
{
    /// <summary>The others as they may be shown; <see langword="null"/> if they have no secrets in them.</summary>
    string? InnerText { get; }
}
