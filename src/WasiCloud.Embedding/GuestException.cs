using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding;

/// <summary>A guest failed. The application is unharmed and the module can be invoked again.</summary>
/// <remarks>
/// The message may have names and texts of the guest in it: control and bidirectional characters are escaped (<c>\u{1b}</c>), and it has 4 KiB at most.
/// </remarks>
public abstract class GuestException : Exception
{
    // Most messages have one line; what is longer has names or texts of the guest in it.
    private const int MaxMessageLength = 4 << 10;

    private protected GuestException(string message, Exception? innerException = null)
        : base(SafeText.Of(message, MaxMessageLength), innerException)
    {
    }

    /// <summary>The exception with those it was caused by, as a log may show it: what their messages repeat of what a guest wrote is escaped too.</summary>
    /// <returns>Types, messages and stack traces.</returns>
    public override string ToString() => ExceptionText.Of(this);

    /// <summary>
    /// The last bytes (64 KiB at most) that the guest wrote to standard error, as UTF-8 with replacement characters; control and bidirectional characters are
    /// escaped (<c>\u{1b}</c>), but for the ends of lines and tabs. May contain what the guest was given; do not send it to clients.
    /// </summary>
    public string StandardError { get; internal set; } = string.Empty;
}
