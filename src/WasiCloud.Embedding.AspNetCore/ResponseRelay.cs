using Microsoft.AspNetCore.Http;

namespace WasiCloud.Embedding.AspNetCore;

/// <summary>Sends a guest's response while the guest writes it.</summary>
internal static class ResponseRelay
{
    /// <summary>Sets status and fields. Nothing is sent yet.</summary>
    /// <param name="source">The guest's response.</param>
    /// <param name="target">The server's.</param>
    /// <param name="reserved">Fields that the guest may not set.</param>
    /// <exception cref="InvalidOperationException">The server refuses a field. Kestrel does so for values outside ASCII unless it is given another
    /// encoding.</exception>
    public static void SetHead(InvocationResponse source, HttpResponse target, ISet<string> reserved)
    {
        target.StatusCode = source.StatusCode;
        foreach (var (name, value) in source.Headers)
        {
            if (!reserved.Contains(name)) target.Headers.Append(name, value);
        }
    }

    /// <summary>Sends the head, then the body as it comes, then its end. The one copy is from the pipe's segments into the server's buffers.</summary>
    /// <exception cref="IOException">The client is gone.</exception>
    /// <exception cref="GuestException">The guest failed on the way.</exception>
    public static async Task SendAsync(InvocationResponse source, HttpContext context)
    {
        var (body, writer, aborted) = (source.Body, context.Response.BodyWriter, context.RequestAborted);
        await context.Response.StartAsync(aborted).ConfigureAwait(false);

        // A head whose body is there already shares its packet; one that has to wait for the body is sent ahead.
        if (!body.TryRead(out var read))
        {
            await writer.FlushAsync(aborted).ConfigureAwait(false);
            read = await body.ReadAsync(aborted).ConfigureAwait(false);
        }

        while (true)
        {
            // A segment at a time: its write ends when the client has taken enough of what was sent before, and then its memory is the next one's.
            var segment = read.Buffer.First;
            if (!segment.IsEmpty)
            {
                var flush = await writer.WriteAsync(segment, aborted).ConfigureAwait(false);
                if (flush.IsCompleted) throw new IOException("The client closed the connection.");
            }

            var isLast = read.IsCompleted && segment.Length == read.Buffer.Length;
            body.AdvanceTo(read.Buffer.GetPosition(segment.Length));
            if (isLast) break;
            read = await body.ReadAsync(aborted).ConfigureAwait(false);
        }

        // The client need not wait for what the guest does after its answer.
        await context.Response.CompleteAsync().ConfigureAwait(false);
    }
}
