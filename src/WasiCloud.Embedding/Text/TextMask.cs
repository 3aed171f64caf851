using System.Security.Cryptography;
using System.Text;

namespace WasiCloud.Embedding.Text;

/// <summary>
/// The secrets that one invocation has read, which no log and no exception is to show: what they are in a text is replaced by <see cref="Mask"/>. When the
/// invocation is over they are forgotten, and whatever is asked for then is hidden as a whole. Thread-safe.
/// </summary>
internal sealed class TextMask : IDisposable
{
    /// <summary>What stands where a secret was.</summary>
    public const string Mask = "***";

    /// <summary>Bytes of the shortest value, or line of one, that is hidden: less would be found everywhere.</summary>
    public const int ShortestValue = 4;

    // The one that was replaced is often printed beside the one that replaced it; a guest that lives for long does not keep all that there were.
    private const int ValuesPerName = 2;

    private readonly Lock _lock = new();
    private readonly List<(string Name, byte[] Value)> _values = [];
    private MaskPatterns? _patterns;
    private int _names;
    private bool _isOver;

    /// <summary>Adds a value that the guest gets.</summary>
    /// <param name="name">The secret's name, which is no secret.</param>
    /// <param name="value">The value, of which a copy is kept.</param>
    /// <param name="maxNames">How many secrets there may be.</param>
    /// <returns>Whether that is not one secret too many.</returns>
    public bool TryAdd(string name, ReadOnlySpan<byte> value, int maxNames)
    {
        lock (_lock)
        {
            if (_isOver) return false;
            var (oldest, known) = (-1, 0);
            for (var index = _values.Count - 1; index >= 0; index--)
            {
                if (_values[index].Name != name) continue;
                if (value.SequenceEqual(_values[index].Value))
                {
                    _values.Add(_values[index]);
                    _values.RemoveAt(index);
                    return true;
                }

                (oldest, known) = (index, known + 1);
            }

            if (known == 0 && _names >= maxNames) return false;
            if (known == ValuesPerName) Forget(oldest);
            _names += known == 0 ? 1 : 0;
            _values.Add((name, MaskPatterns.CopyOf(value)));
            _patterns?.Dispose();
            _patterns = null;
            return true;
        }
    }

    /// <summary>Hides the secrets in a text. What has become of them in JSON, in a URL, in hexadecimal or in base64 is hidden too.</summary>
    /// <returns>The text itself if there are none in it.</returns>
    public string Of(string text)
    {
        if (text.Length == 0) return text;
        var bytes = Encoding.UTF8.GetBytes(text);
        try
        {
            lock (_lock) return _isOver ? Mask : Patterns().Find(bytes, isBeginningLost: false) is { Count: > 0 } found ? Replace(bytes, found) : text;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <summary>As <see cref="Of"/>, of UTF-8, with replacement characters for what is none.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="isBeginningLost">Whether something stood before it, so that the rest of a secret may stand at its beginning: as much is hidden.</param>
    public string Decode(ReadOnlySpan<byte> utf8, bool isBeginningLost = false)
    {
        if (utf8.IsEmpty) return string.Empty;
        lock (_lock) return _isOver ? Mask : Replace(utf8, Patterns().Find(utf8, isBeginningLost));
    }

    /// <summary>Finds where a text that goes on can be cut, so that no secret lies on both sides.</summary>
    /// <param name="utf8">What there is of it.</param>
    /// <param name="cut">Where it would be cut if there were none.</param>
    /// <returns>More than 0.</returns>
    public int CutOf(ReadOnlySpan<byte> utf8, int cut)
    {
        lock (_lock)
        {
            if (_isOver) return cut;
            var most = Math.Min(cut, utf8.Length - MaskPatterns.LongestMatch);
            if (most <= 0) return cut;
            foreach (var (start, end) in Patterns().Find(utf8, isBeginningLost: false))
            {
                if (start < most && end >= most) return end;
            }

            // Between characters, of which one has four bytes at most.
            for (var back = 0; back < 3 && most > 1 && (utf8[most] & 0b1100_0000) == 0b1000_0000; back++) most--;
            return most;
        }
    }

    /// <summary>The invocation is over: nothing of the secrets is left here.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isOver = true;
            while (_values.Count > 0) Forget(_values.Count - 1);
            _patterns?.Dispose();
            _patterns = null;
        }
    }

    // Made when something is to be shown: most guests that read secrets print nothing.
    private MaskPatterns Patterns() => _patterns ??= new MaskPatterns([.. _values.Select(value => value.Value)]);

    private void Forget(int index)
    {
        CryptographicOperations.ZeroMemory(_values[index].Value);
        _values.RemoveAt(index);
    }

    private static string Replace(ReadOnlySpan<byte> utf8, List<(int Start, int End)> found)
    {
        var (result, shown) = (new StringBuilder(), 0);
        foreach (var (start, end) in found)
        {
            result.Append(Encoding.UTF8.GetString(utf8[shown..start])).Append(Mask);
            shown = end;
        }

        return result.Append(Encoding.UTF8.GetString(utf8[shown..])).ToString();
    }
}
