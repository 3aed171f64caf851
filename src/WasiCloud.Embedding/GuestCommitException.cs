using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding;

/// <summary>The guest ended well, but a file it had left open could not be committed, so what it wrote is lost.</summary>
public sealed class GuestCommitException : GuestException
{
    internal GuestCommitException(string path, Errno error)
        : base($"'{path}' was still open when the guest ended, and closing it failed: {error}.") => (Path, Error) = (path, error);

    /// <summary>The file.</summary>
    public string Path { get; private set; }

    /// <summary>Why.</summary>
    public Errno Error { get; }

    internal override void Hide(TextMask mask)
    {
        base.Hide(mask);
        Path = mask.Of(Path);
    }
}
