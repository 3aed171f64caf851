using System.Text;
using WasiCloud.Embedding.Descriptors;

namespace WasiCloud.Embedding.Hostile.Tests.Paths;

/// <summary>A mount under attack, and beside it what must be neither read nor changed.</summary>
internal abstract class Tree : IDisposable
{
    /// <summary>In the content, the names and the link targets outside, and nowhere inside.</summary>
    public const string Marker = "S3NT1NEL";

    /// <summary>The size of the secret file, which no file inside has.</summary>
    public const int SecretBytes = 54_321;

    /// <summary>Where the mount is, from the guest's root.</summary>
    public const string Mount = "inside";

    public static string Secret { get; } = Marker + new string('s', SecretBytes - Marker.Length);

    /// <summary>The absolute path of the outside.</summary>
    public abstract string Outside { get; }

    /// <summary>Makes the inside as new: <c>file</c>, <c>dir/file2</c> and, where there can be, <see cref="PathCorpus.Links"/>.</summary>
    public abstract Task<MountTable> ResetAsync();

    /// <summary>Everything about the outside, to be compared.</summary>
    public abstract Task<string> ObserveAsync();

    public abstract void Dispose();

    protected static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
