namespace WasiCloud.Embedding.Secrets;

/// <summary>Limits of <c>/beta/secrets</c>. Validated at start-up; not to be changed after that.</summary>
/// <remarks>
/// What guests can make the host hold: each <see cref="MaxSecretsPerInvocation"/> times two values, and one for each descriptor; and where it prints something,
/// about twenty times as much, in which its secrets are looked for.
/// </remarks>
public sealed class SecretOptions
{
    /// <summary>Bytes of one value; a longer one is <c>EFBIG</c>. Default 64 KiB; 1 B to 1 MiB.</summary>
    public int MaxSecretBytes { get; set; } = 64 << 10;

    /// <summary>
    /// Secrets that one guest may read, all of which are hidden in what it prints; one more is <c>EMFILE</c>. Default 32; 1 to 1,024.
    /// </summary>
    public int MaxSecretsPerInvocation { get; set; } = 32;
}
