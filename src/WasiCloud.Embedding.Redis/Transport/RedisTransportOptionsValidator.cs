using Microsoft.Extensions.Options;

namespace WasiCloud.Embedding.Redis.Transport;

/// <summary>Makes a wrong option fail the application's start.</summary>
internal sealed class RedisTransportOptionsValidator : IValidateOptions<RedisTransportOptions>
{
    public ValidateOptionsResult Validate(string? name, RedisTransportOptions options) =>
        options.FindError() is { } error ? ValidateOptionsResult.Fail(error) : ValidateOptionsResult.Success;
}
