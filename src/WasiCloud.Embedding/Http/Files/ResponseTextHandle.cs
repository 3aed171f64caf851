using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Http.Exchange;
using WasiCloud.Embedding.Mounts.Nodes;

namespace WasiCloud.Embedding.Http.Files;

/// <summary>Writes <c>/response/txt</c>, or a CGI response to standard output: the head is parsed as it comes, then bytes go straight to the body.</summary>
internal sealed class ResponseTextHandle(ResponseMessage response) : PipeWriterHandle(response.Sink)
{
    private const int Found = 302;

    private readonly ResponseTextParser _parser = new(response.Limits.MaxResponseHeadBytes, hasStatusLine: response.Form != ResponseForm.Cgi);
    private long _written;

    private string File => response.Form == ResponseForm.Cgi ? "stdout" : "txt";

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

            // RFC 3875 section 6.2.4: a redirection may be a location alone.
            if (_parser.Head is { HasStatus: false, HasLocation: true }) _parser.Head.SetStatus(Found);
            var error = response.Fix(_parser.Head, File, _written);
            if (error != Errno.Success) return error;
        }

        var result = response.Write(bytes, File, _written);
        _written += bytes.Length;
        return result;
    }
}
