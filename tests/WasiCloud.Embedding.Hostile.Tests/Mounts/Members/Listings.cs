using System.Runtime.CompilerServices;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Hostile.Tests.Mounts.Members;

/// <summary>Listings that are none.</summary>
internal static class Listings
{
    public static IEnumerable<Lie> Lies { get; } =
    [
        new("null", () => null),
        new("a null name", () => ListAsync([null!])),
        new("an empty name", () => ListAsync([string.Empty])),
        new(".", () => ListAsync(["."])),
        new("..", () => ListAsync([".."])),
        new("a slash", () => ListAsync(["a/b"])),
        new("NUL", () => ListAsync(["a\0b"])),
        new("half a character", () => ListAsync(["\ud800"])),
        new("a name of a mebibyte", () => ListAsync([new string('a', 1 << 20)])),
        new("one name twice", () => ListAsync(["a", "a"]), Errno.Success, 0),
        new("what is no type", () => ListAsync(["a"], (FileType)200), Errno.Success, 0),
        new("without an end", EndlessAsync, Errno.Success, 0),
        new("null for an enumerator", () => new Broken(hasEnumerator: false)),
        new("an enumerator whose current entry throws", () => new Broken(hasEnumerator: true)),
    ];

    public static async IAsyncEnumerable<DirectoryEntry> EndlessAsync()
    {
        await Task.Yield();
        for (var number = 0; ; number++) yield return new DirectoryEntry($"entry {number}", FileType.RegularFile);
    }

    private static async IAsyncEnumerable<DirectoryEntry> ListAsync(
        string[] names, FileType type = FileType.RegularFile, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        foreach (var name in names) yield return new DirectoryEntry(name, type);
    }

    private sealed class Broken(bool hasEnumerator) : IAsyncEnumerable<DirectoryEntry>, IAsyncEnumerator<DirectoryEntry>
    {
        public DirectoryEntry Current => throw new InvalidOperationException("There is none.");

        public IAsyncEnumerator<DirectoryEntry> GetAsyncEnumerator(CancellationToken cancellationToken = default) => hasEnumerator ? this : null!;

        public ValueTask<bool> MoveNextAsync() => new(result: true);

        public ValueTask DisposeAsync() => default;
    }
}
