using Microsoft.Extensions.Options;

namespace WasiCloud.Embedding.Redis.KeyValue;

/// <summary>Makes a wrong option fail the application's start.</summary>
internal sealed class RedisKeyValueOptionsValidator : IValidateOptions<RedisKeyValueOptions>
{
    public ValidateOptionsResult Validate(string? name, RedisKeyValueOptions options) =>
        options.FindError() is { } error ? ValidateOptionsResult.Fail($"Scope '{name}': {error}") : ValidateOptionsResult.Success;
}
