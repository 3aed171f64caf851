using System.IO.Pipelines;
using System.Net;
using System.Text;

namespace WasiCloud.Embedding.AspNetCore.Tests.Infrastructure;

/// <summary>A request body that is sent piece by piece, when the test says so.</summary>
internal sealed class DuplexContent : HttpContent
{
    private readonly Pipe _pipe = new();

    public async Task SendAsync(string text) => await _pipe.Writer.WriteAsync(Encoding.UTF8.GetBytes(text));

    public ValueTask CompleteAsync() => _pipe.Writer.CompleteAsync();

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        while (true)
        {
            var read = await _pipe.Reader.ReadAsync();
            foreach (var segment in read.Buffer) await stream.WriteAsync(segment);
            await stream.FlushAsync();
            _pipe.Reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) return;
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
