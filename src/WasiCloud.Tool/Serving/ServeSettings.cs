using System.Net;

namespace WasiCloud.Tool.Serving;

/// <summary>What <c>wasicloud serve</c> is told.</summary>
internal sealed record ServeSettings
{
    /// <summary>A module, or a folder of modules.</summary>
    public required string Source { get; init; }

    /// <summary>Where to listen.</summary>
    public required IPEndPoint Address { get; init; }

    /// <summary>The policy of all guests, or a folder with one for each; <see langword="null"/> if they may do everything.</summary>
    public string? Policy { get; init; }

    /// <summary>The folder that is to have what is learned, or <see langword="null"/> for none.</summary>
    public string? Learn { get; init; }

    /// <summary>What every command has.</summary>
    public required HostSettings Host { get; init; }
}
