using System.Buffers;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding.Secrets;

/// <summary>Secrets that the application sets, as a test does. A value that is replaced or removed is zeroed. Thread-safe.</summary>
/// <param name="timeProvider">Tells when they are set; <see langword="null"/> for the system's clock.</param>
public sealed class MemorySecretSource(TimeProvider? timeProvider = null) : ISecretSource
{
    private readonly TimeProvider _timeProvider = timeProvider ?? TimeProvider.System;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (byte[] Value, DateTimeOffset Set)> _secrets = new(StringComparer.Ordinal);

    /// <summary>Sets a secret. Guests that have it open keep the value that it had.</summary>
    /// <param name="name">Its name: one path component of at most 255 bytes that does not begin with a dot.</param>
    /// <param name="value">Its value, which is copied.</param>
    /// <exception cref="ArgumentException">It cannot have this name.</exception>
    public void Set(string name, ReadOnlySpan<byte> value)
    {
        SecretName.Check(name);
        var copy = MaskPatterns.CopyOf(value);
        lock (_lock)
        {
            Forget(name);
            _secrets[name] = (copy, _timeProvider.GetUtcNow());
        }
    }

    /// <summary>Removes a secret, if it is there.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>Whether it was there.</returns>
    public bool Remove(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        lock (_lock)
        {
            Forget(name);
            return _secrets.Remove(name);
        }
    }

    /// <inheritdoc/>
    public ValueTask<DateTimeOffset?> ReadAsync(string name, IBufferWriter<byte> destination, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(destination);
        lock (_lock)
        {
            if (!_secrets.TryGetValue(name, out var secret)) return default;
            destination.Write(secret.Value);
            return new(secret.Set);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<string> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await ValueTask.CompletedTask.ConfigureAwait(false);
        string[] names;
        lock (_lock) names = [.. _secrets.Keys];
        foreach (var name in names) yield return name;
    }

    private void Forget(string name)
    {
        if (_secrets.TryGetValue(name, out var old)) CryptographicOperations.ZeroMemory(old.Value);
    }
}
