namespace WasiCloud.Embedding.Text;

/// <summary>What a client library says of a failure: its messages may name keys, which guests choose.</summary>
internal static class ForeignText
{
    private const int MaxLength = 1000;

    /// <summary>A message that can stand in an exception or a log.</summary>
    public static string Of(Exception exception) => Of(exception.Message);

    /// <inheritdoc cref="Of(Exception)"/>
    public static string Of(string message) => SafeText.Of(message, MaxLength);

    /// <summary>The cause that an exception can have: whoever logs it writes all of it.</summary>
    /// <returns><see langword="null"/> if its message, or that of one of its own causes, cannot stand in a log.</returns>
    public static Exception? Cause(Exception? exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (!string.Equals(Of(cause), cause.Message, StringComparison.Ordinal)) return null;
        }

        return exception;
    }
}
