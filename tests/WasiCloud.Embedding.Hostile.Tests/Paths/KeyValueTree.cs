using System.Globalization;
using System.Text;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.KeyValue.Files;
using WasiCloud.Embedding.KeyValue.Memory;

namespace WasiCloud.Embedding.Hostile.Tests.Paths;

/// <summary>
/// One tenant's part of a key-value scope. Outside are the other keys of the scope, some of which its paths could spell, and the scope beside it.
/// </summary>
internal sealed class KeyValueTree : Tree
{
    private const string Prefix = "tenant/";

    private readonly MemoryKeyValueBackend _scope = new();
    private readonly MemoryKeyValueBackend _beside = new();
    private bool _isFilled;

    public override string Outside => "/outside";

    public override async Task<MountTable> ResetAsync()
    {
        if (!_isFilled) await FillOutsideAsync();
        _isFilled = true;
        var batch = new List<KeyValueOperation>();
        await foreach (var entry in _scope.ListAsync(Prefix, null, default)) batch.Add(KeyValueOperation.Delete(entry.Key));
        if (batch.Count > 0) await CommitAsync(_scope, batch);
        await CommitAsync(_scope, [KeyValueOperation.Put(Prefix + "file", Bytes("inner")), KeyValueOperation.Put(Prefix + "dir/file2", Bytes("inner"))]);
        return new MountTable(
        [
            ("/" + Mount, FileAccess.ReadWrite, new KeyValueMount(_scope, new KeyValueMountOptions { Prefix = Prefix })),
            (Outside, FileAccess.ReadWrite, new KeyValueMount(_beside)),
        ]);
    }

    public override async Task<string> ObserveAsync()
    {
        var text = new StringBuilder();
        foreach (var backend in new[] { _scope, _beside })
        {
            await foreach (var entry in backend.ListAsync(string.Empty, null, default))
            {
                // The revision is that of the last write.
                if (!entry.Key.StartsWith(Prefix, StringComparison.Ordinal) || backend == _beside)
                    text.AppendLine(CultureInfo.InvariantCulture, $"{entry.Key} {entry.Revision} {entry.Size}");
            }
        }

        return text.ToString();
    }

    public override void Dispose()
    {
    }

    private static async Task CommitAsync(MemoryKeyValueBackend backend, IReadOnlyList<KeyValueOperation> operations)
    {
        if (!(await backend.CommitAsync(new KeyValueBatch(operations), default)).Succeeded) throw new InvalidOperationException("The tree could not be made.");
    }

    private async Task FillOutsideAsync()
    {
        string[] keys = ["secret", "outside/secret", "outside/new", "tenant", "tenant2/secret", "tenan/secret", "tenant.secret", "../outside/secret",
            "/outside/secret", Marker];
        await CommitAsync(_scope, [.. keys.Select(key => KeyValueOperation.Put(key, Bytes(Secret)))]);
        await CommitAsync(_beside, [.. keys.Select(key => KeyValueOperation.Put(key, Bytes(Secret)))]);
    }
}
