namespace WasiCloud.Tool;

/// <summary>Reads a module that was named on the command line.</summary>
internal static class ModuleFile
{
    /// <exception cref="IOException">There is no such file, or it cannot be read.</exception>
    public static async Task<byte[]> ReadAsync(string path, CancellationToken cancellationToken)
    {
        if (Directory.Exists(path)) throw new IOException($"'{path}' is a directory, not a module.");
        if (!File.Exists(path)) throw new FileNotFoundException($"There is no file '{path}'.");
        return await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false);
    }
}
