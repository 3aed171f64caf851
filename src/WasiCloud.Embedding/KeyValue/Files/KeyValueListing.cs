using System.Runtime.CompilerServices;
using System.Text;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.KeyValue.Files;

/// <summary>Lists a directory from an ordered listing of keys, passing over what is below its subdirectories.</summary>
internal static class KeyValueListing
{
    // So many keys of one subdirectory are read past before a new listing is begun behind it: a page holds as many, so a small subdirectory costs no seek at
    // all.
    private const int MaxPassedOver = 16;

    // Follows every text that continues with characters below it; a key that continues with it too is passed over one by one.
    private const string LastCharacter = "\U0010FFFF";

    private const int MaxNameBytes = 255;

    public static async IAsyncEnumerable<DirectoryEntry> EnumerateAsync(
        KeyValueAttachment attachment, string prefix, Predicate<string> isReserved, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // What this guest is creating comes first; it may be committed before the listing gets there.
        HashSet<string>? created = null;
        foreach (var file in attachment.FindNewBelow(prefix))
        {
            var name = file.Key![prefix.Length..];
            if (name.Contains('/', StringComparison.Ordinal) || !(created ??= new(StringComparer.Ordinal)).Add(name)) continue;
            yield return new(name, FileType.RegularFile, attachment.Numbers.Of(file.Key));
        }

        var shadows = new FileShadows();
        var startAfter = (string?)null;
        var directory = (string?)null;
        var isComplete = false;
        while (!isComplete)
        {
            isComplete = true;
            var passedOver = 0;
            await foreach (var entry in attachment.Backend.ListAsync(prefix, startAfter, cancellationToken).ConfigureAwait(false))
            {
                if (directory is not null && entry.Key.StartsWith(directory, StringComparison.Ordinal))
                {
                    if (++passedOver < MaxPassedOver || (startAfter?.StartsWith(directory, StringComparison.Ordinal) ?? false)) continue;
                    startAfter = directory + LastCharacter;
                    isComplete = false;
                    break;
                }

                passedOver = 0;
                var slash = entry.Key.IndexOf('/', prefix.Length);
                directory = slash < 0 ? null : entry.Key[..(slash + 1)];
                var name = slash < 0 ? entry.Key[prefix.Length..] : entry.Key[prefix.Length..slash];
                if (!IsName(name) || isReserved(name) || created?.Contains(name) == true) continue;
                if (slash < 0) shadows.Add(name);
                else if (shadows.Contains(name)) continue;
                yield return slash < 0
                    ? new(name, FileType.RegularFile, attachment.Numbers.Of(entry.Key))
                    : new(name, FileType.Directory, attachment.Numbers.Of(directory!));
            }
        }
    }

    private static bool IsName(string name) =>
        name is not ("" or "." or "..")
        && !name.Contains('\0', StringComparison.Ordinal)
        && (name.Length <= MaxNameBytes / 3 || Encoding.UTF8.GetByteCount(name) <= MaxNameBytes);

    /// <summary>
    /// Files whose names begin the names now being listed; only those can come up again as a directory, because <c>a</c> sorts before <c>a/</c>.
    /// </summary>
    private struct FileShadows
    {
        private List<string>? _names;

        public void Add(string name)
        {
            Trim(name);
            (_names ??= []).Add(name);
        }

        public bool Contains(string name)
        {
            Trim(name);
            return _names?.Count > 0 && string.Equals(_names[^1], name, StringComparison.Ordinal);
        }

        private readonly void Trim(string name)
        {
            while (_names?.Count > 0 && !name.StartsWith(_names[^1], StringComparison.Ordinal)) _names.RemoveAt(_names.Count - 1);
        }
    }
}
