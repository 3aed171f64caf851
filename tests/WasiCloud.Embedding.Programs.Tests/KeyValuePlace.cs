using System.Globalization;
using System.Text;
using WasiCloud.Embedding.KeyValue;

namespace WasiCloud.Embedding.Programs.Tests;

/// <summary>Keys of a test's own in a scope that others use too, from outside: what is written here, another host might have written.</summary>
/// <param name="host">The host.</param>
/// <param name="scope">The mount, which is what the guests are given.</param>
/// <param name="name">The directory of the test's keys.</param>
public sealed class KeyValuePlace(ProgramHost host, string scope, string name)
{
    public string Scope => scope;

    private IKeyValueBackend Backend => host.BackendOf(scope);

    /// <summary>The key that a guest knows by this name.</summary>
    public string Key(string file) => $"{name}/{file}";

    public static async Task<KeyValuePlace> CreateAsync(ProgramHost host, string scope)
    {
        var path = await host.CreatePlaceAsync(scope);
        return new KeyValuePlace(host, scope, path[(scope.Length + 1)..]);
    }

    public ValueTask PutAsync(string file, long number) => PutAsync(file, number.ToString(CultureInfo.InvariantCulture));

    public async ValueTask PutAsync(string file, string text) => await CommitAsync(KeyValueOperation.Put(Key(file), Encoding.UTF8.GetBytes(text)));

    public async ValueTask DeleteAsync(string file) => await CommitAsync(KeyValueOperation.Delete(Key(file)));

    public async ValueTask<KeyValueEntry?> FindAsync(string file) => await Backend.GetAsync(Key(file), int.MaxValue, CancellationToken.None);

    public async ValueTask<string?> GetAsync(string file) => await FindAsync(file) is { Value: { } value } ? Encoding.UTF8.GetString(value.Span) : null;

    public async ValueTask<long> GetNumberAsync(string file) => long.Parse((await GetAsync(file))!, CultureInfo.InvariantCulture);

    /// <summary>Runs a guest on the scope.</summary>
    public Task<ProgramResult> RunAsync(string guest, params string[] arguments) => RunAsync(guest, output: null, arguments);

    /// <summary>Runs a guest on the scope, and looks at what it prints meanwhile.</summary>
    public Task<ProgramResult> RunAsync(string guest, ProgramOutput? output, params string[] arguments) =>
        host.RunAsync(guest, input: null, output, [scope, .. arguments]);

    private async ValueTask CommitAsync(KeyValueOperation operation) => await Backend.CommitAsync(new KeyValueBatch(operation), CancellationToken.None);
}
