namespace WasiCloud.Embedding.FileSystem;

/// <summary>What a mount may know of the invocation it is attached to.</summary>
/// <remarks>Features are set before the guest starts and only read afterwards, so reading is thread-safe.</remarks>
public sealed class InvocationContext
{
    private object[] _features = [];

    /// <summary>An opaque name for logs, unique within the process.</summary>
    public required string Id { get; init; }

    /// <summary>The clock of this invocation.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Finds what the host or the application attached to this invocation.</summary>
    /// <typeparam name="T">The feature's type.</typeparam>
    /// <returns>The first feature of that type, or <see langword="null"/>.</returns>
    public T? GetFeature<T>()
        where T : class
    {
        foreach (var feature in _features)
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
        _features = [.. _features, feature];
    }
}
