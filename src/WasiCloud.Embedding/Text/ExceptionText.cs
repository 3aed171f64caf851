using System.Collections.ObjectModel;
using System.Text;

namespace WasiCloud.Embedding.Text;

/// <summary>An exception as it may stand in a log, whatever its messages repeat of what a guest wrote: a path with line ends in it forges no entry.</summary>
internal static class ExceptionText
{
    // Of one exception and those inside it: aggregates can have many, of many.
    private const int MaxExceptions = 16;

    /// <summary>For a logger, which writes <see cref="Exception.ToString"/>.</summary>
    /// <returns>The exception itself if all messages are plain, otherwise one that says the same with escapes.</returns>
    public static Exception ForLog(Exception exception)
    {
        var remaining = MaxExceptions;
        return IsPlain(exception, ref remaining) ? exception : new EscapedException(exception);
    }

    /// <summary>As <see cref="ForLog(Exception)"/>, without the secrets that a guest has read.</summary>
    /// <param name="exception">What is to be logged.</param>
    /// <param name="mask">The secrets; <see langword="null"/> if there are none.</param>
    public static Exception ForLog(Exception exception, TextMask? mask)
    {
        if (mask is null) return ForLog(exception);
        var shown = Of(exception, mask);
        return shown == Of(exception) ? ForLog(exception) : new MaskedException(SafeText.OfMessage(mask.Of(exception.Message)), shown);
    }

    /// <summary>As <see cref="Exception.ToString"/>, with each message escaped and cut as by <see cref="SafeText"/>.</summary>
    /// <param name="exception">The exception.</param>
    /// <param name="mask">The secrets that are hidden in the messages.</param>
    public static string Of(Exception exception, TextMask? mask = null)
    {
        var text = new StringBuilder();
        var remaining = MaxExceptions;
        Append(text, exception, mask, ref remaining);
        return text.ToString();
    }

    private static bool IsPlain(Exception exception, ref int remaining)
    {
        if (remaining-- == 0) return false;
        var message = exception.Message;
        if (SafeText.OfMessage(message) != message) return false;
        foreach (var inner in InnerOf(exception))
        {
            if (!IsPlain(inner, ref remaining)) return false;
        }

        return true;
    }

    private static ReadOnlyCollection<Exception> InnerOf(Exception exception) => exception switch
    {
        IMaskedException { InnerText: not null } => ReadOnlyCollection<Exception>.Empty,
        AggregateException aggregate => aggregate.InnerExceptions,
        { InnerException: { } inner } => new([inner]),
        _ => ReadOnlyCollection<Exception>.Empty,
    };

    private static void Append(StringBuilder text, Exception exception, TextMask? mask, ref int remaining)
    {
        remaining--;
        text.Append(exception.GetType().FullName).Append(": ").Append(SafeText.OfMessage(mask?.Of(exception.Message) ?? exception.Message));
        if (exception.StackTrace is { } trace) text.Append('\n').Append(trace);
        if (exception is IMaskedException { InnerText: { } innerText }) text.Append("\n ---> ").Append(innerText);
        foreach (var inner in InnerOf(exception))
        {
            if (remaining <= 0) return;
            text.Append("\n ---> ");
            Append(text, inner, mask, ref remaining);
        }
    }

    // Nobody is to find the other in it.
    private sealed class MaskedException(string message, string text) : Exception(message)
    {
        public override string ToString() => text;
    }

    // The logger wants an exception; who looks into this one finds the other.
    private sealed class EscapedException(Exception exception) : Exception(SafeText.OfMessage(exception.Message), exception)
    {
        public override string ToString() => Of(InnerException!);
    }
}
