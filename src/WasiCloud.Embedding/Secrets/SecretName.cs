using System.Text;

namespace WasiCloud.Embedding.Secrets;

/// <summary>What can be a secret's name, whoever says so.</summary>
internal static class SecretName
{
    private const int MaxBytes = 255;

    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Whether a guest can open it: one path component of text that does not begin with a dot.</summary>
    public static bool IsValid(string name)
    {
        if (name.Length is 0 or > MaxBytes || name[0] == '.' || name.AsSpan().ContainsAny('/', '\0')) return false;
        try
        {
            return s_strict.GetByteCount(name) <= MaxBytes;
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }

    /// <summary>Checks a name that the application gives.</summary>
    /// <exception cref="ArgumentException">No guest could open it.</exception>
    public static void Check(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (IsValid(name)) return;
        throw new ArgumentException(
            $"'{Text.SafeText.Of(name)}' cannot be the name of a secret: it must be one path component of at most {MaxBytes} bytes and not start with a dot.",
            nameof(name));
    }
}
