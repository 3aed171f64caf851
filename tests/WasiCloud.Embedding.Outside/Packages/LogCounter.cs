using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace OutsidePackages;

/// <summary>Keeps what is logged as a warning or worse.</summary>
internal sealed class LogCounter : ILoggerFactory, ILogger
{
    public ConcurrentQueue<string> Entries { get; } = new();

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel)) Entries.Enqueue(formatter(state, exception));
    }

    public void Dispose()
    {
        // There is nothing to dispose of.
    }
}
