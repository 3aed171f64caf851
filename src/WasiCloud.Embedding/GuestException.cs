using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding;

/// <summary>A guest failed. The application is unharmed and the module can be invoked again.</summary>
/// <remarks>
/// The message may have names and texts of the guest in it: control and bidirectional characters are escaped (<c>\u{1b}</c>), and it has 4 KiB at most.
/// </remarks>
public abstract class GuestException : Exception, IMaskedException
{
    // Most messages have one line; what is longer has names or texts of the guest in it.
    private const int MaxMessageLength = 4 << 10;

    private string? _maskedMessage;
    private string? _innerText;

    private protected GuestException(string message, Exception? innerException = null)
        : base(SafeText.Of(message, MaxMessageLength), innerException)
    {
    }

    /// <inheritdoc/>
    public override string Message => _maskedMessage ?? base.Message;

    /// <summary>The exception with those it was caused by, as a log may show it: what their messages repeat of what a guest wrote is escaped too.</summary>
    /// <returns>Types, messages and stack traces.</returns>
    public override string ToString() => ExceptionText.Of(this);

    /// <summary>
    /// The last bytes (64 KiB at most) that the guest wrote to standard error, as UTF-8 with replacement characters; control and bidirectional characters are
    /// escaped (<c>\u{1b}</c>), but for the ends of lines and tabs. May contain what the guest was given; do not send it to clients. Secrets that it has read
    /// are hidden (docs/secrets.md).
    /// </summary>
    public string StandardError { get; internal set; } = string.Empty;

    string? IMaskedException.InnerText => _innerText;

    /// <summary>Hides the secrets that the guest has read, in what is told of it. Not of <see cref="StandardError"/>, which has none in it.</summary>
    internal virtual void Hide(TextMask mask)
    {
        _maskedMessage = mask.Of(Message);
        if (InnerException is null || _innerText is not null) return;
        (InnerException as GuestException)?.Hide(mask);
        var shown = ExceptionText.Of(InnerException, mask);
        if (shown != ExceptionText.Of(InnerException)) _innerText = shown;
    }
}
