using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Extensions.Options;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Secrets;

namespace WasiCloud.Embedding.Tests.Secrets;

/// <summary>What tests of secrets ask of sources and stores.</summary>
internal static class SecretSources
{
    public static SecretStore StoreOf(params ISecretSource[] sources) => StoreOf(new SecretOptions(), sources);

    public static SecretStore StoreOf(SecretOptions options, params ISecretSource[] sources) => new(sources, Options.Create(options));

    /// <summary>Reads a value as a guest does; <see langword="null"/> if there is none.</summary>
    public static async Task<string?> TextOfAsync(this SecretStore store, string name)
    {
        var read = await store.ReadAsync(name, CancellationToken.None);
        if (!read.TryGet(out var value)) return read.Error == Errno.NoEnt ? null : read.Error.ToString();
        var text = Encoding.UTF8.GetString(value.Span);
        value.Release();
        return text;
    }

    public static async Task<string?> TextOfAsync(this ISecretSource source, string name)
    {
        var destination = new ArrayBufferWriter<byte>();
        return await source.ReadAsync(name, destination, CancellationToken.None) is null ? null : Encoding.UTF8.GetString(destination.WrittenSpan);
    }

    public static async Task<IReadOnlyList<string>> NamesAsync(this ISecretSource source)
    {
        List<string> names = [];
        await foreach (var name in source.ListAsync(CancellationToken.None)) names.Add(name);
        return names;
    }

    /// <summary>A source that does as it likes.</summary>
    public sealed class Lying(Func<string, IBufferWriter<byte>, DateTimeOffset?> read, params string[] names) : ISecretSource
    {
        public async ValueTask<DateTimeOffset?> ReadAsync(string name, IBufferWriter<byte> destination, CancellationToken cancellationToken)
        {
            await Task.Yield();
            return read(name, destination);
        }

        public async IAsyncEnumerable<string> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.Yield();
            foreach (var name in names) yield return name;
        }
    }
}
