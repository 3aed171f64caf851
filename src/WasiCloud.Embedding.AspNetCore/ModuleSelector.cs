namespace WasiCloud.Embedding.AspNetCore;

/// <summary>Chooses the modules of requests or connections.</summary>
/// <typeparam name="TContext">By what it chooses.</typeparam>
internal sealed class ModuleSelector<TContext>
{
    private readonly Func<TContext, ValueTask<GuestModule>>? _select;
    private readonly GuestModuleSource? _source;

    /// <summary>By a function of the application.</summary>
    public ModuleSelector(Func<TContext, ValueTask<GuestModule>> select) => _select = select;

    /// <summary>What a source has.</summary>
    public ModuleSelector(GuestModuleSource source) => _source = source;

    /// <summary>Chooses one.</summary>
    /// <param name="context">By what.</param>
    /// <param name="cancellationToken">Ends the wait for a source's first module.</param>
    /// <returns>To be disposed when nothing is begun with it any more.</returns>
    public async ValueTask<ChosenModule<TContext>> ChooseAsync(TContext context, CancellationToken cancellationToken)
    {
        if (_source is null) return new ChosenModule<TContext>(await _select!(context).ConfigureAwait(false), _select, context);
        return new ChosenModule<TContext>(await _source.AcquireAsync(cancellationToken).ConfigureAwait(false), context);
    }
}
