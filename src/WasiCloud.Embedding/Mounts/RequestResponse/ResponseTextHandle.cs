using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Messages;
using WasiCloud.Embedding.Mounts.Streams;

namespace WasiCloud.Embedding.Mounts.RequestResponse;

/// <summary>Writes <c>/response/txt</c>: the head is parsed as it comes, then bytes go straight to the body.</summary>
internal sealed class ResponseTextHandle(ResponseMessage response) : PipeWriterHandle(response.Sink)
{
    private const string File = "txt";

    private readonly ResponseTextParser _parser = new(response.Limits.MaxResponseHeadBytes);
    private long _written;

    public override ValueTask<Errno> CloseAsync(CloseReason reason, CancellationToken cancellationToken)
    {
        if (reason != CloseReason.Closed || response.Sink.IsBroken) return new(Errno.Success);
        _parser.End();
        return new(_parser.Problem is { } problem ? response.Refuse(File, problem) : response.End(File, _written));
    }

    protected override Errno Accept(ReadOnlySpan<byte> bytes)
    {
        if (!_parser.IsComplete)
        {
            var count = _parser.Parse(bytes);
            if (_parser.Problem is { } problem) return response.Refuse(File, problem);
            _written += count;
            bytes = bytes[count..];
            if (!_parser.IsComplete) return Errno.Success;
            var error = response.Fix(_parser.Head, File, _written);
            if (error != Errno.Success) return error;
        }

        var result = response.Write(bytes, File, _written);
        _written += bytes.Length;
        return result;
    }
}
