using System.IO.Pipelines;
using System.Text;

namespace WasiCloud.Embedding.Programs.Tests;

/// <summary>What a guest prints, line by line while it runs.</summary>
public sealed class ProgramOutput
{
    private readonly Pipe _pipe = new(new PipeOptions(pauseWriterThreshold: 0));
    private readonly List<string> _lines = [];
    private readonly Dictionary<string, TaskCompletionSource> _awaited = new(StringComparer.Ordinal);
    private readonly Task _reading;

    public ProgramOutput() => _reading = ReadAsync();

    public PipeWriter Writer => _pipe.Writer;

    /// <summary>Waits until the guest has printed a line so many times.</summary>
    public Task WaitForAsync(string line, int times = 1)
    {
        lock (_lines)
        {
            if (_lines.Count(it => string.Equals(it, line, StringComparison.Ordinal)) >= times) return Task.CompletedTask;
            return (_awaited[$"{times} {line}"] = new(TaskCreationOptions.RunContinuationsAsynchronously)).Task.WaitAsync(ProgramHost.Patience);
        }
    }

    /// <summary>The guest has ended.</summary>
    public async Task<ProgramResult> EndAsync(GuestException? failure)
    {
        await Writer.CompleteAsync();
        await _reading;
        return new ProgramResult(_lines, failure);
    }

    private async Task ReadAsync()
    {
        using var reader = new StreamReader(_pipe.Reader.AsStream(), Encoding.UTF8);
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (_lines)
            {
                _lines.Add(line);
                var times = _lines.Count(it => string.Equals(it, line, StringComparison.Ordinal));
                if (_awaited.Remove($"{times} {line}", out var waiter)) waiter.SetResult();
            }
        }
    }
}
