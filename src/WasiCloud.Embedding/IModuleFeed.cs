namespace WasiCloud.Embedding;

/// <summary>What a host has made of a <see cref="GuestModuleSource"/> that was opened there.</summary>
internal interface IModuleFeed : IAsyncDisposable
{
    /// <summary>The module that serves.</summary>
    GuestModule? Module { get; }

    /// <summary>How often it was replaced.</summary>
    int Reloads { get; }

    /// <summary>Why what there is now does not serve.</summary>
    Exception? LastFailure { get; }

    /// <summary>Takes the module that serves, when there is one.</summary>
    ValueTask<GuestModuleLease> AcquireAsync(CancellationToken cancellationToken);
}
