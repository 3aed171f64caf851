using WasiCloud.Embedding;
using WasiCloud.Embedding.Authority;

namespace WasiCloud.Tool.Serving;

/// <summary>
/// What each served guest may do: <c>--policy</c>, one file for all or a folder with <c>name.policy</c> (or <c>.json</c>) for <c>name.wasm</c>.
/// </summary>
internal sealed class ServedPolicies
{
    private readonly string? _folder;
    private readonly GuestPolicy? _ofAll;
    private readonly string? _sha256;

    /// <summary>Reads the file, if it is one.</summary>
    /// <param name="path">The file or folder; <see langword="null"/> if guests may do everything.</param>
    /// <param name="sha256">The checksum of the one module that is served, if it is pinned.</param>
    /// <exception cref="GuestPolicyFormatException">The file is no policy.</exception>
    /// <exception cref="IOException">There is nothing, or it cannot be read.</exception>
    public ServedPolicies(string? path, string? sha256)
    {
        _sha256 = sha256;
        if (path is null) return;
        if (Directory.Exists(path)) _folder = path;
        else _ofAll = GuestPolicy.Load(path);
    }

    /// <summary>How a module is loaded.</summary>
    /// <param name="module">Its file.</param>
    /// <exception cref="GuestPolicyFormatException">Its policy is none.</exception>
    /// <exception cref="IOException">It has none.</exception>
    public GuestModuleOptions OptionsOf(string module) => new() { Sha256 = _sha256, Policy = _folder is null ? _ofAll : Load(_folder, module) };

    private static GuestPolicy Load(string folder, string module)
    {
        var name = Path.Combine(folder, Path.GetFileNameWithoutExtension(module));
        var (text, json) = (name + ".policy", name + ".json");
        return (File.Exists(text), File.Exists(json)) switch
        {
            (true, true) => throw new IOException($"It has two policies, '{text}' and '{json}'."),
            (false, false) => throw new FileNotFoundException($"It has no policy: there is no '{text}'."),
            (true, false) => GuestPolicy.Load(text),
            (false, true) => GuestPolicy.Load(json),
        };
    }
}
