namespace WasiCloud.Embedding.AspNetCore;

/// <summary>
/// A module that was chosen for a request or a connection. One of a source stays as long as this; an application that replaces its module may dispose the one
/// that it chose, and is asked once more.
/// </summary>
/// <typeparam name="TContext">By what it was chosen.</typeparam>
internal sealed class ChosenModule<TContext> : IDisposable
{
    // So often a choice may have been in vain.
    private const int MaxChoices = 8;

    private readonly Func<TContext, ValueTask<GuestModule>>? _select;
    private readonly GuestModuleLease? _lease;
    private readonly TContext _context;
    private GuestModule _module;

    public ChosenModule(GuestModule module, Func<TContext, ValueTask<GuestModule>> select, TContext context) =>
        (_module, _select, _context) = (module, select, context);

    public ChosenModule(GuestModuleLease lease, TContext context) => (_module, _lease, _context) = (lease.Module, lease, context);

    /// <summary>The module's name, for the log.</summary>
    public string Name => _module.Name;

    /// <summary>Begins something with the module.</summary>
    /// <param name="begin">Has accepted, or refused by an exception, when it returns its task.</param>
    /// <returns>What was begun.</returns>
    public Task<T> RunAsync<T>(Func<GuestModule, Task<T>> begin)
    {
        try
        {
            return begin(_module);
        }
        catch (ObjectDisposedException) when (_select is not null)
        {
            return RunAnotherAsync(begin);
        }
    }

    public void Dispose() => _lease?.Dispose();

    private async Task<T> RunAnotherAsync<T>(Func<GuestModule, Task<T>> begin)
    {
        for (var choice = 2; ; choice++)
        {
            var refused = _module;
            _module = await _select!(_context).ConfigureAwait(false);
            Task<T> begun;
            try
            {
                begun = begin(_module);
            }
            catch (ObjectDisposedException) when (_module != refused && choice < MaxChoices)
            {
                continue;
            }

            return await begun.ConfigureAwait(false);
        }
    }
}
