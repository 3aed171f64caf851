namespace WasiCloud.Embedding;

/// <summary>A guest failed. The application is unharmed and the module can be invoked again.</summary>
public abstract class GuestException : Exception
{
    private protected GuestException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>The last bytes (64 KiB at most) that the guest wrote to standard error, as UTF-8 with replacement characters. May contain what the guest was given; do not send it to clients.</summary>
    public string StandardError { get; internal set; } = string.Empty;
}
