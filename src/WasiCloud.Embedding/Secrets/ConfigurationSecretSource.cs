using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Primitives;

namespace WasiCloud.Embedding.Secrets;

/// <summary>
/// The keys below a section of the configuration that have values. A nested key is named as the configuration names it, <c>database:password</c>.
/// </summary>
internal sealed class ConfigurationSecretSource : ISecretSource, IDisposable
{
    private readonly IConfigurationSection _section;
    private readonly TimeProvider _timeProvider;
    private readonly IDisposable _reloads;

    // Ticks, so that they are written at once. The configuration does not tell when a value was set.
    private long _loaded;

    public ConfigurationSecretSource(IConfiguration configuration, string section, TimeProvider timeProvider)
    {
        (_section, _timeProvider, _loaded) = (configuration.GetSection(section), timeProvider, timeProvider.GetUtcNow().UtcTicks);
        _reloads = ChangeToken.OnChange(configuration.GetReloadToken, () => Volatile.Write(ref _loaded, _timeProvider.GetUtcNow().UtcTicks));
    }

    public void Dispose() => _reloads.Dispose();

    public ValueTask<DateTimeOffset?> ReadAsync(string name, IBufferWriter<byte> destination, CancellationToken cancellationToken)
    {
        // A configuration finds a key in whatever case it is written, and a policy that takes a name away must not be passed by in another spelling.
        if (!Names().Contains(name, StringComparer.Ordinal) || _section[name] is not { } value) return default;
        Encoding.UTF8.GetBytes(value, destination);
        return new(new DateTimeOffset(Volatile.Read(ref _loaded), TimeSpan.Zero));
    }

    public async IAsyncEnumerable<string> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await ValueTask.CompletedTask.ConfigureAwait(false);
        foreach (var name in Names()) yield return name;
    }

    private IEnumerable<string> Names() => _section.AsEnumerable(makePathsRelative: true).Where(entry => entry.Value is not null).Select(entry => entry.Key);
}
