namespace WasiCloud.Embedding.Engine.Execution;

/// <summary>
/// A client whose guest is not made yet: it is let in when its guest could begin to compute, as one that begins, and not earlier. Once it is let in it counts
/// on its guest.
/// </summary>
/// <param name="module">Of which module the guest will be.</param>
/// <param name="share">With whom it will share the processor.</param>
/// <param name="cancellationToken">Ends the waiting.</param>
internal sealed class Arrival(CompiledModule module, ComputeShare share, CancellationToken cancellationToken) : IComputing
{
    private ComputeTurn? _turn;

    public CompiledModule Module => module;

    public ComputeShare Share => share;

    public CancellationToken CancellationToken => cancellationToken;

    public CancellationToken CallToken => default;

    public bool MustStop => cancellationToken.IsCancellationRequested;

    private ComputeTurn Turn => _turn ??= new ComputeTurn(this);

    /// <summary>Takes a place, unless others wait for one. Who is not to come any more needs none.</summary>
    public bool TryEnter() => Turn.TryEnter();

    /// <summary>Waits for a place. Returns also when it is cancelled, without one.</summary>
    public async ValueTask WaitAsync() => await Turn.WaitAsync();

    /// <summary>Gives the place back, if there is one.</summary>
    public void Leave() => Turn.Leave();
}
