using System.Diagnostics;
using System.IO.Pipelines;

namespace WasiCloud.Embedding.Fuzz.Deadlines;

/// <summary>Runs guests against their time limit, or against a cancellation, and measures by how much they outlive it.</summary>
/// <param name="host">Where they run.</param>
/// <param name="random">Chooses the time.</param>
internal sealed class DeadlineRunner(DeadlineHost host, Random random)
{
    private static readonly TimeSpan s_never = TimeSpan.FromDays(1);

    private readonly string _long = new('a', 1 << 20);

    /// <summary>Runs one guest.</summary>
    /// <param name="deadlineCase">What it does.</param>
    /// <param name="least">The shortest time that it gets, in milliseconds.</param>
    /// <param name="most">The longest.</param>
    public async Task<DeadlineOutcome> RunAsync(DeadlineCase deadlineCase, int least, int most)
    {
        var time = TimeSpan.FromMilliseconds(random.Next(least, most));
        using var module = await host.Host.LoadAsync(DeadlineModule.Build(deadlineCase), "deadline");
        using var source = new CancellationTokenSource();
        var isCancelled = random.Next(2) == 0;
        var request = new InvocationRequest
        {
            Timeout = isCancelled ? s_never : time,
            Interface = deadlineCase.Interface,
            Method = "POST",
            Body = PipeReader.Create(new EndlessStream()),
            Arguments = deadlineCase.HasLongArguments ? [_long] : [],
            Environment = deadlineCase.HasLongArguments ? new Dictionary<string, string>(StringComparer.Ordinal) { ["LONG"] = _long } : [],
        };

        var watch = Stopwatch.StartNew();
        if (isCancelled) source.CancelAfter(time);
        var ending = await EndAsync(module, request, source.Token);
        var over = watch.Elapsed - time;
        host.Reset();
        return new DeadlineOutcome(deadlineCase.Function, over, ending);
    }

    private async Task<string> EndAsync(GuestModule module, InvocationRequest request, CancellationToken cancellationToken)
    {
        try
        {
            await using var response = await host.Host.InvokeAsync(module, request, cancellationToken);
            await response.Body.CopyToAsync(Stream.Null, CancellationToken.None);
            await response.Completion;
            return "ended";
        }
        catch (GuestLimitException exception) when (exception.Limit == GuestLimit.Time)
        {
            return DeadlineOutcome.Time;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return DeadlineOutcome.Canceled;
        }
        catch (GuestException exception)
        {
            return exception.Message.ReplaceLineEndings(" ");
        }
    }

    // A client that never stops sending.
    private sealed class EndlessStream : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => count;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(buffer.Length);

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
