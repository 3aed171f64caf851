namespace WasiCloud.Embedding;

/// <summary>Reads modules of which nobody knows how long they are, and no further than a module may be.</summary>
internal static class ModuleBytes
{
    private const int SmallestBuffer = 64 << 10;

    /// <summary>Reads a stream to its end.</summary>
    /// <exception cref="InvalidGuestModuleException">It has more bytes than it may.</exception>
    public static ValueTask<ReadOnlyMemory<byte>> ReadAsync(Stream stream, int maxBytes, CancellationToken cancellationToken) =>
        ReadAsync(stream, place: null, maxBytes, cancellationToken);

    /// <summary>Reads a regular file.</summary>
    /// <exception cref="InvalidGuestModuleException">It has more bytes than it may, is empty, or is no regular file.</exception>
    /// <exception cref="IOException">There is no such file, or it cannot be read.</exception>
    public static async ValueTask<ReadOnlyMemory<byte>> ReadFileAsync(string path, int maxBytes, CancellationToken cancellationToken)
    {
        // Opening can take long, and for ever if a pipe has come to where the file was: whoever waits can leave all the same.
        var file = await Task.Run(() => Open(path), cancellationToken).WaitAsync(cancellationToken).ConfigureAwait(false);
        await using (file.ConfigureAwait(false)) return await ReadAsync(file, path, maxBytes, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads to the end. What grows meanwhile is read on, within the limit and one byte.</summary>
    /// <param name="readAsync">Reads to a buffer, from as many bytes as were read before.</param>
    /// <param name="length">How many bytes there are, as far as is known; 0 if it is not.</param>
    /// <param name="maxBytes">The largest module, in bytes.</param>
    /// <param name="place">What a message is to name.</param>
    /// <exception cref="InvalidGuestModuleException">There are more.</exception>
    public static async ValueTask<ReadOnlyMemory<byte>> ReadToEndAsync(
        Func<Memory<byte>, long, ValueTask<int>> readAsync, long length, int maxBytes, string? place = null)
    {
        // The length is believed as far as memory goes: one byte more shows the end without another buffer.
        if (length > maxBytes) throw TooLarge(place, FormattableString.Invariant($"{length}"), maxBytes);
        var bytes = new byte[(int)Math.Min(maxBytes + 1L, Math.Max(SmallestBuffer, length + 1))];
        var count = 0;
        while (await readAsync(bytes.AsMemory(count), count).ConfigureAwait(false) is > 0 and var read)
        {
            count += read;
            if (count > maxBytes) throw TooLarge(place, FormattableString.Invariant($"more than {maxBytes}"), maxBytes);
            if (count == bytes.Length) Array.Resize(ref bytes, (int)Math.Min(maxBytes + 1L, 2L * bytes.Length));
        }

        return bytes.AsMemory(0, count);
    }

    // The length is asked for before anything is opened, which for a pipe waits for a writer and for a device can do anything: theirs is 0.
    private static FileStream Open(string path)
    {
        if (Directory.Exists(path)) throw new IOException($"'{path}' is a directory, not a module.");
        var file = new FileInfo(path);
        if (file.Exists && file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target) file = target;
        if (!file.Exists) throw new FileNotFoundException($"There is no file '{path}'.", path);
        if (file.Length == 0) throw NotRegular(path);
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
        if (stream.CanSeek) return stream;
        stream.Dispose();
        throw NotRegular(path);
    }

    private static ValueTask<ReadOnlyMemory<byte>> ReadAsync(Stream stream, string? place, int maxBytes, CancellationToken cancellationToken) => ReadToEndAsync(
        (memory, _) => stream.ReadAsync(memory, cancellationToken), stream.CanSeek ? Math.Max(0, stream.Length - stream.Position) : 0, maxBytes, place);

    private static InvalidGuestModuleException NotRegular(string path) => new($"'{path}' is empty, a pipe or a device: a module is a regular file.");

    private static InvalidGuestModuleException TooLarge(string? place, string bytes, int maxBytes)
    {
        var message = FormattableString.Invariant($"The module has {bytes} bytes; MaxModuleBytes is {maxBytes}.");
        return new InvalidGuestModuleException(place is null ? message : $"'{place}': {message}");
    }
}
