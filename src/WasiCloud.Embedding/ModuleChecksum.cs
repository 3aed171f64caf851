using System.Buffers;
using System.Security.Cryptography;

namespace WasiCloud.Embedding;

/// <summary>What a module is known by: the SHA-256 of its bytes, in lower-case hexadecimal digits.</summary>
internal static class ModuleChecksum
{
    private static readonly SearchValues<char> s_digits = SearchValues.Create("0123456789abcdefABCDEF");

    /// <summary>Whether a text can be one, in either case.</summary>
    public static bool IsWellFormed(ReadOnlySpan<char> text) => text.Length == 2 * SHA256.HashSizeInBytes && !text.ContainsAnyExcept(s_digits);

    /// <summary>That of a module.</summary>
    /// <param name="wasm">The module.</param>
    /// <param name="pinned">What it has to be, if anything.</param>
    /// <exception cref="InvalidGuestModuleException">It is another one.</exception>
    public static string Of(ReadOnlySpan<byte> wasm, string? pinned)
    {
        var checksum = Convert.ToHexStringLower(SHA256.HashData(wasm));
        if (pinned is null || checksum.Equals(pinned, StringComparison.OrdinalIgnoreCase)) return checksum;
        throw new InvalidGuestModuleException($"The module's SHA-256 is {checksum}; the pinned one is {pinned.ToLowerInvariant()}.");
    }
}
