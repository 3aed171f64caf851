using System.Diagnostics;
using System.Text;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Tool;

/// <summary>Standard output or error for what the command itself has to say.</summary>
/// <param name="output">Which.</param>
/// <param name="throws">Whether a failure is an <see cref="OutputException"/>; otherwise there is nobody to tell, and what cannot be written is not.</param>
internal sealed class StandardStream(StandardOutput output, bool throws) : Stream
{
    // How long a message waits for a reader that takes nothing, such as that of a pipe which is full: the command is to end.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private bool _isStuck;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>
    /// Makes <see cref="Console.Out"/> and <see cref="Console.Error"/> write here, so that no message of the command, of its libraries or of the server's
    /// log ends the process when standard error is full, closed or gone.
    /// </summary>
    public static void ReplaceConsole()
    {
        Console.SetOut(Writer(StandardOutput.Output, throws: true));
        Console.SetError(Writer(StandardOutput.Error, throws: false));
    }

    /// <exception cref="OutputException">It cannot be written, and failures are told.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (throws) Check(output.Write(buffer).Error);
        else WriteOrDrop(buffer);
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private static void Check(Errno error)
    {
        if (error != Errno.Success) throw new OutputException(error);
    }

    // What follows a message that nobody took is not waited for again, until somebody reads.
    private void WriteOrDrop(ReadOnlySpan<byte> buffer)
    {
        var started = Stopwatch.GetTimestamp();
        _isStuck = output.Write(buffer, () => _isStuck || Stopwatch.GetElapsedTime(started) > Patience).Error == Errno.Canceled;
    }

    private static StreamWriter Writer(StandardOutput output, bool throws) =>
        new(new StandardStream(output, throws), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true };
}

/// <summary>What a command was to print cannot be written to standard output.</summary>
internal sealed class OutputException(Errno error) : IOException($"Standard output cannot be written: {Describe(error)}.")
{
    /// <summary>Why.</summary>
    public Errno Error { get; } = error;

    private static string Describe(Errno error) => error switch
    {
        Errno.NoSpc => "no space is left",
        Errno.Pipe => "nobody reads it",
        Errno.BadF => "it is closed",
        _ => error.ToString(),
    };
}
