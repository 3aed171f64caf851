using Microsoft.Extensions.Logging;

namespace WasiCloud.Embedding.Hostile.Tests.Limits;

/// <summary>A log that keeps every entry.</summary>
internal sealed class KeptLog : ILoggerFactory, ILogger
{
    private readonly List<string> _entries = [];

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_entries) _entries.Add(formatter(state, exception));
    }

    public void Dispose()
    {
    }
}
