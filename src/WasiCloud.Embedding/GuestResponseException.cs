using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding;

/// <summary>The guest wrote a malformed response.</summary>
public sealed class GuestResponseException : GuestException
{
    internal GuestResponseException(string path, long offset, string problem)
        : base(FormattableString.Invariant($"{path}, byte {offset}: {problem}")) => (Path, Offset) = (path, offset);

    /// <summary>The file below <c>/response</c>.</summary>
    public string Path { get; private set; }

    /// <summary>The offset in the file, in bytes, at which it went wrong.</summary>
    public long Offset { get; }

    internal override void Hide(TextMask mask)
    {
        base.Hide(mask);
        Path = mask.Of(Path);
    }
}
