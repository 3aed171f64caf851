namespace WasiCloud.Embedding;

/// <summary>
/// Where the random bytes of guests come from: <c>random_get</c>, <c>/dev/random</c> and <c>/dev/urandom</c>. The default is the operating system's, fit for
/// keys; add another one to the services
/// where a test must see the same bytes each time, as <c>services.AddSingleton&lt;IRandomSource&gt;(...)</c>.
/// </summary>
/// <remarks>Thread-safe: several guests use it at one time. It must not wait, and an exception is <see cref="FileSystem.Errno.IO"/> for the guest.</remarks>
public interface IRandomSource
{
    /// <summary>Fills a range.</summary>
    /// <param name="destination">Where to. Not to be kept. At most 1 MiB.</param>
    void Fill(Span<byte> destination);
}
