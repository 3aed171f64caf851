namespace WasiCloud.Embedding.KeyValue;

/// <summary>A watch cannot continue because the changes after its revision are no longer kept; list again and watch from there.</summary>
public sealed class KeyValueHistoryLostException : Exception
{
    /// <summary>Creates the exception.</summary>
    public KeyValueHistoryLostException()
        : this("The changes after the requested revision are no longer kept.")
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What was lost.</param>
    public KeyValueHistoryLostException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What was lost.</param>
    /// <param name="innerException">The cause.</param>
    public KeyValueHistoryLostException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
