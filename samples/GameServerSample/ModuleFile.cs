using WasiCloud.Embedding;

namespace GameServerSample;

/// <summary>A module's file, which may change while the game runs.</summary>
internal sealed class ModuleFile(IInvocationHost host, string path)
{
    private DateTime _seen;

    /// <summary>Why the file could not be loaded the last time it changed.</summary>
    public string? Problem { get; private set; }

    /// <summary>Loads the file if it has changed.</summary>
    /// <returns>The module, or <see langword="null"/> if nothing has changed or what is there cannot be loaded.</returns>
    public async ValueTask<GuestModule?> LoadIfChangedAsync()
    {
        var changed = File.GetLastWriteTimeUtc(path);
        if (changed == _seen) return null;
        _seen = changed;
        try
        {
            var module = await host.LoadAsync(await File.ReadAllBytesAsync(path), Path.GetFileNameWithoutExtension(path));
            Problem = null;
            return module;
        }
        catch (Exception exception) when (exception is InvalidGuestModuleException or IOException)
        {
            Problem = exception.Message;
            return null;
        }
    }
}
