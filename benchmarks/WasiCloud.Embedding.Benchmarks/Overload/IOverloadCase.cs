namespace WasiCloud.Embedding.Benchmarks.Overload;

/// <summary>One kind of work that can be asked for in any amount.</summary>
internal interface IOverloadCase : IAsyncDisposable
{
    /// <summary>Its name.</summary>
    string Name { get; }

    /// <summary>Starts what serves it.</summary>
    Task StartAsync(GuestExecution execution);

    /// <summary>Finds how much can be done.</summary>
    Task<double> SaturateAsync();

    /// <summary>Asks for an amount for a while.</summary>
    /// <param name="amount">How much, in the unit of <see cref="SaturateAsync"/>.</param>
    /// <param name="time">How long.</param>
    Task<OverloadPoint> OfferAsync(double amount, TimeSpan time);
}
