using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace WasiCloud.Embedding.Tests.Hosting;

/// <summary>Keeps everything that is logged.</summary>
internal sealed class LogCollector : ILoggerFactory, ILogger
{
    private const int RunsWithoutPolicy = 41;

    private readonly ConcurrentQueue<LogEntry> _entries = [];
    private readonly Lock _lock = new();
    private readonly List<(string Text, TaskCompletionSource Found)> _awaited = [];

    /// <summary>What has been logged, by the number of the message.</summary>
    public IReadOnlyList<LogEntry> this[int id] => [.. _entries.Where(entry => entry.Id == id)];

    /// <summary>What has been logged, but for what is said of every module that no policy binds, as most tests' are.</summary>
    public IReadOnlyList<LogEntry> Entries => [.. _entries.Where(entry => entry.Id != RunsWithoutPolicy)];

    /// <summary>Makes the log throw for messages of this number.</summary>
    public int? Fails { get; set; }

    /// <summary>Waits until a message contains a text.</summary>
    public Task WaitForAsync(string text)
    {
        var found = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_entries.Any(entry => entry.Message.Contains(text, StringComparison.Ordinal))) return Task.CompletedTask;
            _awaited.Add((text, found));
        }

        return found.Task.WaitAsync(TestHost.Patience);
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose()
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (eventId.Id == Fails) throw new InvalidOperationException("The log failed.");
        var values = state as IReadOnlyList<KeyValuePair<string, object?>> ?? [];
        var message = formatter(state, exception);
        lock (_lock)
        {
            _entries.Enqueue(new LogEntry(eventId.Id, logLevel, message, values.ToDictionary(StringComparer.Ordinal), exception));
            foreach (var (_, found) in _awaited.FindAll(awaited => message.Contains(awaited.Text, StringComparison.Ordinal))) found.TrySetResult();
        }
    }
}

/// <summary>One message.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct LogEntry(int Id, LogLevel Level, string Message, IReadOnlyDictionary<string, object?> Values, Exception? Exception)
{
    public override string ToString() => $"{Level} {Id}: {Message} {Exception}";
}
