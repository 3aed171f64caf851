using Microsoft.Extensions.DependencyInjection;

namespace WasiCloud.Embedding.Rpc;

/// <summary>
/// The services that handlers of one call after another ask for: a scope for each call, made when its handler first asks, so that a call whose handler never
/// does
/// costs nothing. Thread-safe.
/// </summary>
internal sealed class RpcScope(IServiceScopeFactory scopes)
{
    private readonly Lock _lock = new();
    private AsyncServiceScope? _scope;

    /// <summary>The number of the call, by which those of earlier ones are told from it.</summary>
    public int Number { get; private set; }

    /// <summary>The services of a call.</summary>
    /// <param name="number">The call's.</param>
    /// <exception cref="ObjectDisposedException">The call has ended.</exception>
    public IServiceProvider Services(int number)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(number != Number, typeof(RpcRequest));
            return (_scope ??= scopes.CreateAsyncScope()).ServiceProvider;
        }
    }

    /// <summary>The call has ended.</summary>
    /// <returns>What its handler was given, to be released; <see langword="null"/> if it never asked.</returns>
    public AsyncServiceScope? End()
    {
        lock (_lock)
        {
            var scope = _scope;
            (_scope, Number) = (null, Number + 1);
            return scope;
        }
    }
}
