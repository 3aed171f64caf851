using System.Buffers;

namespace WasiCloud.Embedding.Secrets;

/// <summary>
/// Where the values of secrets come from. Registered as a service of the application, one after another is asked until one has the secret. Thread-safe.
/// </summary>
/// <remarks>
/// Asked each time that a guest looks at or opens a secret, and nothing that it gives is kept longer than the guest needs it: a source that asks a server keeps
/// for itself what it does not want to ask for again. An exception is <c>EIO</c> for the guest, and one log entry, which is to say nothing of values; an
/// <see cref="FileSystem.ErrnoException"/> is its errno. Other sources are not asked then.
/// </remarks>
public interface ISecretSource
{
    /// <summary>Reads the present value of a secret.</summary>
    /// <param name="name">Its name, from a guest: 1 to 255 bytes of UTF-8, no <c>/</c> and NUL, not beginning with a dot.</param>
    /// <param name="destination">
    /// Gets the value, if there is one. It is zeroed when it is needed no more, and throws <see cref="FileSystem.ErrnoException"/> (<c>EFBIG</c>) for more than
    /// <see cref="SecretOptions.MaxSecretBytes"/>. Not to be used after the returned task has completed.
    /// </param>
    /// <param name="cancellationToken">Cancelled when the guest is to end.</param>
    /// <returns>
    /// When the value was set, which guests see as the time of the file; <see langword="null"/> if this source has no such secret, whatever it has written.
    /// </returns>
    ValueTask<DateTimeOffset?> ReadAsync(string name, IBufferWriter<byte> destination, CancellationToken cancellationToken);

    /// <summary>Lists the names of the secrets. One that cannot be a name, as it is described above, does not exist for guests.</summary>
    /// <param name="cancellationToken">Cancelled when the guest is to end.</param>
    /// <returns>The names, in any order.</returns>
    IAsyncEnumerable<string> ListAsync(CancellationToken cancellationToken);
}
