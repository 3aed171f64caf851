using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;

namespace WasiCloud.Embedding.AspNetCore;

/// <summary>Problem Details (RFC 9457) that say nothing of the inside: a status, its phrase and an id by which the log entry is found.</summary>
internal static class GuestProblem
{
    private const string ContentType = "application/problem+json";

    // When a slot will be free is not known; the least that Retry-After can say.
    private const int RetryAfterSeconds = 1;

    public static async Task WriteAsync(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        if (status is StatusCodes.Status503ServiceUnavailable or StatusCodes.Status429TooManyRequests)
            context.Response.Headers.RetryAfter = RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        var (title, traceId) = (ReasonPhrases.GetReasonPhrase(status), Activity.Current?.Id ?? context.TraceIdentifier);
        if (context.RequestServices.GetService<IProblemDetailsService>() is { } service)
        {
            var problem = new ProblemDetails { Status = status, Title = title, Extensions = { ["traceId"] = traceId } };
            if (await service.TryWriteAsync(new ProblemDetailsContext { HttpContext = context, ProblemDetails = problem }).ConfigureAwait(false)) return;
        }

        context.Response.ContentType = ContentType;
        await context.Response.BodyWriter.WriteAsync(Format(status, title, traceId), context.RequestAborted).ConfigureAwait(false);
    }

    // Without a serializer, so that it works the same whatever JSON options and trimming the application has.
    private static ReadOnlyMemory<byte> Format(int status, string title, string traceId)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("title"u8, title);
            json.WriteNumber("status"u8, status);
            json.WriteString("traceId"u8, traceId);
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }
}
