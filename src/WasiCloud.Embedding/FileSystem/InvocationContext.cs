using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding.FileSystem;

/// <summary>What a mount may know of the invocation it is attached to.</summary>
/// <remarks>Features are set before the guest starts and only read afterwards, so reading is thread-safe.</remarks>
public sealed class InvocationContext
{
    private readonly long _number;

    // Apart, so that most invocations need no array.
    private object? _first;
    private object[] _others = [];
    private string? _id;
    private TextMask? _mask;

    /// <summary>Creates a context, as for a test of a mount.</summary>
    public InvocationContext()
    {
    }

    /// <summary>Creates the context of an invocation.</summary>
    /// <param name="number">Its number, unique within the process.</param>
    /// <param name="timeProvider">Its clock.</param>
    /// <param name="stopping">Asks it to end.</param>
    [SetsRequiredMembers]
    internal InvocationContext(long number, TimeProvider timeProvider, CancellationToken stopping)
    {
        (_number, TimeProvider, Stopping) = (number, timeProvider, stopping);
        Id = null!;
    }

    /// <summary>An opaque name for logs, unique within the process.</summary>
    public required string Id
    {
        // A text that few invocations need.
        get => _id ??= _number.ToString("x", CultureInfo.InvariantCulture);
        init => _id = value;
    }

    /// <summary>The clock of this invocation.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>For whom the guest works (<c>InvocationRequest.Tenant</c>); <see langword="null"/> if for nobody in particular.</summary>
    public string? Tenant { get; init; }

    /// <summary>The limits of the guest's policy; <see langword="null"/> if no policy binds it.</summary>
    internal GuestLimits? PolicyLimits { get; init; }

    /// <summary>What the guest may use of what its tenant's guests may use together; <see langword="null"/> if nothing of it is limited.</summary>
    internal TenantAllowance? TenantAllowance { get; init; }

    /// <summary>Whether a policy binds the guest.</summary>
    internal bool HasPolicy => PolicyLimits is not null;

    /// <summary>Cancelled when the guest is to end by itself: files that wait for something new are at their end from then on.</summary>
    public CancellationToken Stopping { get; init; }

    /// <summary>Cancelled when the client that the guest lives for has left: the guest gets nothing new from then on.</summary>
    public CancellationToken ClientLeft { get; init; }

    /// <summary>The name of the guest's module.</summary>
    internal string Module { get; init; } = string.Empty;

    /// <summary>Hides the secrets that the guest has read, in whatever is shown of it; <see langword="null"/> if it has read none.</summary>
    internal TextMask? Mask => Volatile.Read(ref _mask);

    /// <summary>Finds what the host or the application attached to this invocation.</summary>
    /// <typeparam name="T">The feature's type.</typeparam>
    /// <returns>The first feature of that type, or <see langword="null"/>.</returns>
    public T? GetFeature<T>()
        where T : class
    {
        if (_first is T first) return first;
        foreach (var feature in _others)
        {
            if (feature is T match) return match;
        }

        return null;
    }

    /// <summary>Attaches a feature. Call it before the guest starts.</summary>
    /// <param name="feature">The object that <see cref="GetFeature{T}"/> finds.</param>
    public void AddFeature(object feature)
    {
        ArgumentNullException.ThrowIfNull(feature);
        if (_first is null) _first = feature;
        else _others = [.. _others, feature];
    }

    /// <summary>Gets <see cref="Mask"/> for a guest that reads a secret.</summary>
    internal TextMask BeginMask()
    {
        if (Mask is null) Interlocked.CompareExchange(ref _mask, new TextMask(), null);
        return _mask!;
    }
}
