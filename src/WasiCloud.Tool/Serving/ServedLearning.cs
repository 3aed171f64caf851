using System.Collections.Concurrent;
using WasiCloud.Embedding.Authority;
using WasiCloud.Tool.Policies;

namespace WasiCloud.Tool.Serving;

/// <summary>Learns what each served guest uses: <c>--learn</c>, a folder that gets <c>name.policy</c> for <c>name.wasm</c>. Thread-safe.</summary>
internal sealed class ServedLearning
{
    private readonly string _folder;
    private readonly ConcurrentDictionary<string, Guest> _guests = new(StringComparer.Ordinal);

    /// <summary>Makes the folder, if it is not there.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public ServedLearning(string folder)
    {
        Directory.CreateDirectory(folder);
        _folder = folder;
    }

    /// <summary>A guest is served: what its file has is read now.</summary>
    /// <param name="module">Its module's file.</param>
    /// <exception cref="GuestPolicyFormatException">The file is no policy.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public void Add(string module)
    {
        var name = Path.GetFileName(module);
        var file = Path.Combine(_folder, Path.GetFileNameWithoutExtension(module) + ".policy");
        if (!_guests.ContainsKey(name)) _guests.TryAdd(name, new Guest(LearnedPolicy.Open(file), new GuestPolicyObserver()));
    }

    /// <summary>What observes the guests of a module.</summary>
    /// <param name="module">The module's name.</param>
    public GuestPolicyObserver? ObserverOf(string module) => _guests.GetValueOrDefault(module)?.Observer;

    /// <summary>Writes what was learned until now, of the guests that ran.</summary>
    /// <returns>Whether all could be written. What could not was told.</returns>
    public bool TryWrite()
    {
        var hasWritten = true;
        foreach (var (_, guest) in _guests.OrderBy(guest => guest.Key, StringComparer.Ordinal))
        {
            if (guest.Observer.Invocations == 0) continue;
            try
            {
                guest.Policy.Write(guest.Observer);
            }
            catch (Exception exception) when (exception is FormatException or IOException or UnauthorizedAccessException)
            {
                FailureReport.Warn(exception.Message);
                hasWritten = false;
            }
        }

        return hasWritten;
    }

    private sealed record Guest(LearnedPolicy Policy, GuestPolicyObserver Observer);
}
