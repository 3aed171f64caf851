using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.KeyValue;
using Xunit;

namespace WasiCloud.Embedding.Testing.KeyValue;

/// <summary>What the conformance suites of <see cref="IKeyValueBackend"/> share: derive one class from each suite and supply the backend.</summary>
/// <remarks>Each test gets a backend of its own, empty, and disposes it if it is disposable.</remarks>
public abstract class KeyValueBackendConformance : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>The clock that the backend was created with.</summary>
    protected ManualTimeProvider Clock { get; } = new();

    /// <summary>The time by the clock that the backend goes by; a backend whose server has a clock of its own overrides it with the time of day.</summary>
    protected virtual DateTimeOffset Now => Clock.GetUtcNow();

    /// <summary>
    /// How far times that the backend tells may be from those expected; more than a millisecond only for a backend whose server has a clock of its own.
    /// </summary>
    protected virtual TimeSpan TimeTolerance => TimeSpan.FromMilliseconds(1);

    /// <summary>The backend under test.</summary>
    protected IKeyValueBackend Backend { get; private set; } = null!;

    /// <summary>Ends a test that hangs.</summary>
    protected CancellationToken Timeout { get; } = new CancellationTokenSource(Patience).Token;

    /// <inheritdoc/>
    public async Task InitializeAsync() => Backend = await CreateAsync(Clock);

    /// <inheritdoc/>
    public virtual async Task DisposeAsync()
    {
        if (Backend is IAsyncDisposable asynchronous) await asynchronous.DisposeAsync();
        else if (Backend is IDisposable disposable) disposable.Dispose();
    }

    /// <summary>Creates the backend of one test.</summary>
    /// <param name="timeProvider">The clock it shall use.</param>
    /// <returns>A scope without entries.</returns>
    protected abstract ValueTask<IKeyValueBackend> CreateAsync(TimeProvider timeProvider);

    /// <summary>Lets time pass; a backend whose server has a clock of its own overrides it and waits.</summary>
    /// <param name="time">How long.</param>
    /// <returns>When it has passed.</returns>
    protected virtual ValueTask AdvanceAsync(TimeSpan time)
    {
        Clock.Advance(time);
        return default;
    }

    /// <summary>Puts a text and expects success.</summary>
    /// <param name="key">The key.</param>
    /// <param name="text">The value as text.</param>
    /// <param name="expires">When it expires.</param>
    /// <returns>The revision.</returns>
    protected async Task<long> PutAsync(string key, string text = "", DateTimeOffset? expires = null)
    {
        var result = await CommitAsync(KeyValueOperation.Put(key, Encoding.UTF8.GetBytes(text), expires: expires));
        result.Succeeded.Should().BeTrue();
        return result.Revision;
    }

    /// <summary>Deletes a key and expects success.</summary>
    /// <param name="key">The key.</param>
    /// <returns>The revision.</returns>
    protected async Task<long> DeleteAsync(string key)
    {
        var result = await CommitAsync(KeyValueOperation.Delete(key));
        result.Succeeded.Should().BeTrue();
        return result.Revision;
    }

    /// <summary>Commits a batch.</summary>
    /// <param name="operations">The operations.</param>
    /// <returns>The result.</returns>
    protected async Task<KeyValueCommitResult> CommitAsync(params KeyValueOperation[] operations) => await Backend.CommitAsync(new(operations), Timeout);

    /// <summary>Gets a value as text.</summary>
    /// <param name="key">The key.</param>
    /// <returns>The text, or <see langword="null"/> if there is no entry.</returns>
    protected async Task<string?> GetTextAsync(string key)
    {
        var entry = await Backend.GetAsync(key, int.MaxValue, Timeout);
        return entry is null ? null : Encoding.UTF8.GetString(entry.Value!.Value.Span);
    }

    /// <summary>Lists keys.</summary>
    /// <param name="prefix">Their prefix.</param>
    /// <param name="startAfter">Where to start.</param>
    /// <returns>The keys.</returns>
    protected async Task<IReadOnlyList<string>> ListKeysAsync(string prefix = "", string? startAfter = null)
    {
        var keys = new List<string>();
        await foreach (var entry in Backend.ListAsync(prefix, startAfter, Timeout)) keys.Add(entry.Key);
        return keys;
    }
}
