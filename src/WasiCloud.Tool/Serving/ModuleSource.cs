namespace WasiCloud.Tool.Serving;

/// <summary>The files that are served: one, or those of a folder.</summary>
internal sealed class ModuleSource
{
    private const string Extension = ".wasm";

    private readonly string? _file;

    /// <exception cref="FileNotFoundException">There is neither a file nor a folder of that name.</exception>
    public ModuleSource(string path)
    {
        var full = Path.GetFullPath(path);
        if (!Directory.Exists(full))
        {
            if (!File.Exists(full)) throw new FileNotFoundException($"There is no file or folder '{path}'.");
            _file = full;
        }

        Folder = _file is null ? full : Path.GetDirectoryName(full)!;
    }

    /// <summary>The folder to watch.</summary>
    public string Folder { get; }

    /// <summary>Whether it is one module, for every path.</summary>
    public bool IsSingle => _file is not null;

    /// <summary>The files that are there, by route. Hidden ones, as those under construction often are, are none.</summary>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public Dictionary<string, string> Scan()
    {
        if (_file is not null) return File.Exists(_file) ? new(StringComparer.Ordinal) { [RouteTable.Everything] = _file } : new(StringComparer.Ordinal);
        return Directory.EnumerateFiles(Folder, "*" + Extension)
            .Where(path => !Path.GetFileName(path).StartsWith('.'))
            .ToDictionary(path => Path.GetFileNameWithoutExtension(path), StringComparer.Ordinal);
    }
}
