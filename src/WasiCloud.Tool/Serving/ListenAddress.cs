using System.Globalization;
using System.Net;

namespace WasiCloud.Tool.Serving;

/// <summary>Where a server listens.</summary>
internal static class ListenAddress
{
    /// <summary>
    /// Takes <c>ADDRESS:PORT</c>, <c>[ADDRESS]:PORT</c>, <c>localhost:PORT</c> or <c>*:PORT</c> apart; the address may be left out for <c>127.0.0.1</c>.
    /// </summary>
    /// <exception cref="FormatException">The text has another form.</exception>
    public static IPEndPoint Parse(string text)
    {
        var at = text.LastIndexOf(':');
        var address = text[..Math.Max(at, 0)];
        if (!ushort.TryParse(text.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)) throw Malformed(text);
        if (address is "" or "localhost") return new IPEndPoint(IPAddress.Loopback, port);
        if (address == "*") return new IPEndPoint(IPAddress.IPv6Any, port);
        var isBracketed = address.StartsWith('[') && address.EndsWith(']');
        if (isBracketed == address.Contains(':', StringComparison.Ordinal) && IPAddress.TryParse(isBracketed ? address[1..^1] : address, out var parsed))
            return new IPEndPoint(parsed, port);
        throw Malformed(text);
    }

    private static FormatException Malformed(string text) => new($"--listen '{text}' must have the form ADDRESS:PORT, with an IP address, 'localhost' or '*'.");
}
