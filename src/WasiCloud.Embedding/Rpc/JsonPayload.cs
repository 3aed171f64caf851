using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace WasiCloud.Embedding.Rpc;

/// <summary>Messages that are one value of JSON.</summary>
internal static class JsonPayload
{
    /// <summary>Writes a value.</summary>
    public static void Write<T>(IBufferWriter<byte> destination, T value, JsonTypeInfo<T> type)
    {
        using var writer = new Utf8JsonWriter(destination);
        JsonSerializer.Serialize(writer, value, type);
    }

    /// <summary>Reads a value.</summary>
    /// <exception cref="JsonException">It is not one value of that type and nothing else.</exception>
    public static T? Read<T>(ReadOnlySequence<byte> message, JsonTypeInfo<T> type)
    {
        var reader = new Utf8JsonReader(message);
        var value = JsonSerializer.Deserialize(ref reader, type);

        // What follows the value must be white space; anything else throws.
        reader.Read();
        return value;
    }

    /// <summary>Makes a handler of a function from value to value.</summary>
    public static RpcHandler ToHandler<TRequest, TResponse>(
        Func<TRequest?, RpcRequest, CancellationToken, ValueTask<TResponse>> function, JsonTypeInfo<TRequest> requestType,
        JsonTypeInfo<TResponse> responseType) =>
        async (request, response, cancellationToken) =>
        {
            TRequest? value;
            try
            {
                value = Read(request.Payload, requestType);
            }
            catch (JsonException exception)
            {
                throw new RpcException(RpcError.BadRequest, exception.Message);
            }

            Write(response, await function(value, request, cancellationToken).ConfigureAwait(false), responseType);
        };
}
