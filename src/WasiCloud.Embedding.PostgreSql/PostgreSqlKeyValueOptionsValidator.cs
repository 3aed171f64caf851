using Microsoft.Extensions.Options;

namespace WasiCloud.Embedding.PostgreSql;

/// <summary>Makes a wrong option fail the application's start.</summary>
internal sealed class PostgreSqlKeyValueOptionsValidator : IValidateOptions<PostgreSqlKeyValueOptions>
{
    public ValidateOptionsResult Validate(string? name, PostgreSqlKeyValueOptions options) =>
        options.FindError() is { } error ? ValidateOptionsResult.Fail($"Scope '{name}': {error}") : ValidateOptionsResult.Success;
}
