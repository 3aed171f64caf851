using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace WasiCloud.Embedding;

/// <summary>
/// Reads the body of a response as a whole. Each response can be read once; what was read from its <see cref="InvocationResponse.Body"/> before is missing.
/// </summary>
/// <remarks>
/// Each of them ends with the guest's <see cref="GuestException"/> if the guest fails before the body is complete, and with <see cref="GuestLimitException"/>
/// (<see cref="GuestLimit.Output"/>) if there is more than is to be held; dispose the response then as always, which ends the guest.
/// </remarks>
public static class InvocationResponseExtensions
{
    /// <summary>How many bytes of a body are held unless another number is given: 4 MiB.</summary>
    public const int DefaultMaxBytes = 4 << 20;

    private const string Reflection = "The type is read by reflection: use the overload that takes a JsonTypeInfo.";

    /// <summary>Reads the body as bytes.</summary>
    /// <param name="response">The response.</param>
    /// <param name="maxBytes">How many bytes it may have, 0 or more.</param>
    /// <param name="cancellationToken">Ends the reading, not the guest.</param>
    /// <returns>The bytes.</returns>
    /// <exception cref="GuestException">The guest failed on the way, or wrote more than <paramref name="maxBytes"/>.</exception>
    /// <exception cref="InvalidOperationException">The body was read already.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled, or the guest.</exception>
    /// <exception cref="ObjectDisposedException">The response was disposed.</exception>
    public static async ValueTask<byte[]> ReadAsBytesAsync(
        this InvocationResponse response, int maxBytes = DefaultMaxBytes, CancellationToken cancellationToken = default) =>
        (await ResponseContent.ReadAsync(response, maxBytes, cancellationToken).ConfigureAwait(false)).ToArray();

    /// <summary>
    /// Reads the body as text: in the charset of its <c>Content-Type</c>, or as its byte order mark says, or as UTF-8. Bytes that are none of its characters
    /// become U+FFFD.
    /// </summary>
    /// <param name="response">The response.</param>
    /// <param name="maxBytes">How many bytes it may have, 0 or more.</param>
    /// <param name="cancellationToken">Ends the reading, not the guest.</param>
    /// <returns>The text, without a byte order mark.</returns>
    /// <exception cref="GuestException">
    /// The guest failed on the way, wrote more than <paramref name="maxBytes"/>, or named a charset that is not known.
    /// </exception>
    /// <exception cref="InvalidOperationException">The body was read already.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled, or the guest.</exception>
    /// <exception cref="ObjectDisposedException">The response was disposed.</exception>
    public static async ValueTask<string> ReadAsStringAsync(
        this InvocationResponse response, int maxBytes = DefaultMaxBytes, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(response);
        var charset = ResponseContent.CharsetOf(response);
        var bytes = await ResponseContent.ReadAsync(response, maxBytes, cancellationToken).ConfigureAwait(false);
        return ResponseContent.Decode(bytes.Span, charset);
    }

    /// <summary>Reads the body as one value of JSON, in the charset as <see cref="ReadAsStringAsync"/> finds it.</summary>
    /// <typeparam name="T">What it is.</typeparam>
    /// <param name="response">The response.</param>
    /// <param name="type">How to read it; of a source-generated <c>JsonSerializerContext</c>, for trimmed and ahead-of-time compiled programs.</param>
    /// <param name="maxBytes">How many bytes it may have, 0 or more.</param>
    /// <param name="cancellationToken">Ends the reading, not the guest.</param>
    /// <returns>The value; <see langword="null"/> if it is <c>null</c>.</returns>
    /// <exception cref="JsonException">It is not one value of that type and nothing else.</exception>
    /// <exception cref="GuestException">
    /// The guest failed on the way, wrote more than <paramref name="maxBytes"/>, or named a charset that is not known.
    /// </exception>
    /// <exception cref="InvalidOperationException">The body was read already.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled, or the guest.</exception>
    /// <exception cref="ObjectDisposedException">The response was disposed.</exception>
    public static async ValueTask<T?> ReadFromJsonAsync<T>(
        this InvocationResponse response, JsonTypeInfo<T> type, int maxBytes = DefaultMaxBytes, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(type);
        return JsonSerializer.Deserialize((await ReadUtf8Async(response, maxBytes, cancellationToken).ConfigureAwait(false)).Span, type);
    }

    /// <summary>Reads the body as one value of JSON, in the charset as <see cref="ReadAsStringAsync"/> finds it.</summary>
    /// <typeparam name="T">What it is.</typeparam>
    /// <param name="response">The response.</param>
    /// <param name="options">How to read it; by default as the web does (<see cref="JsonSerializerOptions.Web"/>): names in any case of letters.</param>
    /// <param name="maxBytes">How many bytes it may have, 0 or more.</param>
    /// <param name="cancellationToken">Ends the reading, not the guest.</param>
    /// <returns>The value; <see langword="null"/> if it is <c>null</c>.</returns>
    /// <exception cref="JsonException">It is not one value of that type and nothing else.</exception>
    /// <exception cref="GuestException">
    /// The guest failed on the way, wrote more than <paramref name="maxBytes"/>, or named a charset that is not known.
    /// </exception>
    /// <exception cref="InvalidOperationException">The body was read already.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled, or the guest.</exception>
    /// <exception cref="ObjectDisposedException">The response was disposed.</exception>
    [RequiresUnreferencedCode(Reflection)]
    [RequiresDynamicCode(Reflection)]
    public static async ValueTask<T?> ReadFromJsonAsync<T>(
        this InvocationResponse response, JsonSerializerOptions? options = null, int maxBytes = DefaultMaxBytes, CancellationToken cancellationToken = default)
    {
        var bytes = await ReadUtf8Async(response, maxBytes, cancellationToken).ConfigureAwait(false);
        return JsonSerializer.Deserialize<T>(bytes.Span, options ?? JsonSerializerOptions.Web);
    }

    private static async ValueTask<ReadOnlyMemory<byte>> ReadUtf8Async(InvocationResponse response, int maxBytes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(response);
        var charset = ResponseContent.CharsetOf(response);
        var bytes = await ResponseContent.ReadAsync(response, maxBytes, cancellationToken).ConfigureAwait(false);
        return ResponseContent.ToUtf8(bytes, charset);
    }
}
