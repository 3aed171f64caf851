using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace WasiCloud.Embedding;

/// <summary>Gives a request what is in memory: a body, or standard input. The request can be used for any number of guests, also at one time.</summary>
public static class InvocationRequestExtensions
{
    private const string ContentType = "Content-Type";
    private const string Reflection = "The type is read by reflection: use the overload that takes a JsonTypeInfo.";

    /// <summary>The request with a text as its body, in UTF-8.</summary>
    /// <param name="request">The request, which is not changed.</param>
    /// <param name="body">The text.</param>
    /// <param name="contentType">
    /// The body's type (<c>Content-Type</c>, RFC 9110 section 8.3). Default: the one that the request has already, or <c>text/plain; charset=utf-8</c>.
    /// </param>
    /// <returns>A copy of it with the body and its length and type.</returns>
    public static InvocationRequest WithBody(this InvocationRequest request, string body, string? contentType = null)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(body);
        return With(request, Encoding.UTF8.GetBytes(body), contentType, "text/plain; charset=utf-8");
    }

    /// <summary>The request with bytes as its body.</summary>
    /// <param name="request">The request, which is not changed.</param>
    /// <param name="body">The bytes, which are not copied: they must not change as long as a guest may read them.</param>
    /// <param name="contentType">
    /// The body's type (<c>Content-Type</c>, RFC 9110 section 8.3). Default: the one that the request has already, or <c>application/octet-stream</c>.
    /// </param>
    /// <returns>A copy of it with the body and its length and type.</returns>
    public static InvocationRequest WithBody(this InvocationRequest request, ReadOnlyMemory<byte> body, string? contentType = null)
    {
        ArgumentNullException.ThrowIfNull(request);
        return With(request, body, contentType, "application/octet-stream");
    }

    /// <summary>The request with a value as its body, in JSON (<c>application/json</c>, unless the request has a type already).</summary>
    /// <typeparam name="T">What it is.</typeparam>
    /// <param name="request">The request, which is not changed.</param>
    /// <param name="value">The value.</param>
    /// <param name="type">How to write it; of a source-generated <c>JsonSerializerContext</c>, for trimmed and ahead-of-time compiled programs.</param>
    /// <returns>A copy of it with the body and its length and type.</returns>
    public static InvocationRequest WithJsonBody<T>(this InvocationRequest request, T value, JsonTypeInfo<T> type)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(type);
        return With(request, JsonSerializer.SerializeToUtf8Bytes(value, type), contentType: null, "application/json");
    }

    /// <summary>The request with a value as its body, in JSON as the web writes it (<see cref="JsonSerializerOptions.Web"/>): <c>camelCase</c>.</summary>
    /// <typeparam name="T">What it is.</typeparam>
    /// <param name="request">The request, which is not changed.</param>
    /// <param name="value">The value.</param>
    /// <returns>A copy of it with the body and its length and type.</returns>
    [RequiresUnreferencedCode(Reflection)]
    [RequiresDynamicCode(Reflection)]
    public static InvocationRequest WithJsonBody<T>(this InvocationRequest request, T value) => request.WithJsonBody(value, JsonSerializerOptions.Web);

    /// <summary>The request with a value as its body, in JSON (<c>application/json</c>, unless the request has a type already).</summary>
    /// <typeparam name="T">What it is.</typeparam>
    /// <param name="request">The request, which is not changed.</param>
    /// <param name="value">The value.</param>
    /// <param name="options">How to write it.</param>
    /// <returns>A copy of it with the body and its length and type.</returns>
    [RequiresUnreferencedCode(Reflection)]
    [RequiresDynamicCode(Reflection)]
    public static InvocationRequest WithJsonBody<T>(this InvocationRequest request, T value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(options);
        return With(request, JsonSerializer.SerializeToUtf8Bytes(value, options), contentType: null, "application/json");
    }

    /// <summary>The request with a text as the guest's standard input, in UTF-8.</summary>
    /// <param name="request">The request, which is not changed.</param>
    /// <param name="input">The text.</param>
    /// <returns>A copy of it with the input.</returns>
    public static InvocationRequest WithStandardInput(this InvocationRequest request, string input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return request.WithStandardInput(Encoding.UTF8.GetBytes(input));
    }

    /// <summary>The request with bytes as the guest's standard input.</summary>
    /// <param name="request">The request, which is not changed.</param>
    /// <param name="input">The bytes, which are not copied: they must not change as long as a guest may read them.</param>
    /// <returns>A copy of it with the input.</returns>
    public static InvocationRequest WithStandardInput(this InvocationRequest request, ReadOnlyMemory<byte> input)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request with { StandardInput = new BytesReader(input) };
    }

    private static InvocationRequest With(InvocationRequest request, ReadOnlyMemory<byte> body, string? contentType, string defaultType) => request with
    {
        Body = new BytesReader(body),
        ContentLength = body.Length,
        Headers = contentType is null && request.Headers.GetValue(ContentType) is not null
            ? request.Headers
            : WithType(request.Headers, contentType ?? defaultType),
    };

    private static MessageHeaders WithType(MessageHeaders headers, string contentType)
    {
        var changed = new MessageHeaders();
        foreach (var (name, value) in headers)
        {
            if (!string.Equals(name, ContentType, StringComparison.OrdinalIgnoreCase)) changed.Add(name, value);
        }

        changed.Add(ContentType, contentType);
        return changed;
    }
}
