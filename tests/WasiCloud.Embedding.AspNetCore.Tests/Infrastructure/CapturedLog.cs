using Microsoft.Extensions.Logging;

namespace WasiCloud.Embedding.AspNetCore.Tests.Infrastructure;

internal sealed record LogEntry(string Category, LogLevel Level, string Message, Exception? Exception);

/// <summary>Keeps what is logged, and lets a test wait for it.</summary>
internal sealed class CapturedLog : ILoggerProvider
{
    private const string Category = "WasiCloud.Embedding.AspNetCore";

    private readonly Lock _lock = new();
    private readonly List<LogEntry> _entries = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What the package under test logged.</summary>
    public IReadOnlyList<LogEntry> OfEndpoints => [.. All.Where(entry => entry.Category == Category)];

    /// <summary>Everything of level error and above, whoever logged it.</summary>
    public IReadOnlyList<LogEntry> Errors => [.. All.Where(entry => entry.Level >= LogLevel.Error)];

    private IReadOnlyList<LogEntry> All
    {
        get
        {
            lock (_lock) return [.. _entries];
        }
    }

    /// <summary>Waits for the first entry of the package under test.</summary>
    public async Task<LogEntry> FirstAsync()
    {
        while (true)
        {
            Task changed;
            lock (_lock) changed = _changed.Task;
            if (OfEndpoints is [var first, ..]) return first;
            await changed.WaitAsync(TestLimits.Patience);
        }
    }

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
    }

    private void Add(LogEntry entry)
    {
        lock (_lock)
        {
            _entries.Add(entry);
            _changed.SetResult();
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private sealed class Logger(CapturedLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            log.Add(new LogEntry(category, logLevel, formatter(state, exception), exception));
    }
}
