using Xunit;

namespace WasiCloud.Embedding;

/// <summary>
/// A test class or fixture that is disposed asynchronously: xUnit 2 knows <see cref="IAsyncLifetime"/>, and nothing of <see cref="IAsyncDisposable"/>.
/// </summary>
internal interface IAsyncTest : IAsyncLifetime, IAsyncDisposable
{
    Task IAsyncLifetime.InitializeAsync() => Task.CompletedTask;

    Task IAsyncLifetime.DisposeAsync() => ((IAsyncDisposable)this).DisposeAsync().AsTask();
}
