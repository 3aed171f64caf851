using Microsoft.Extensions.Options;

namespace WasiCloud.Embedding.Sqlite;

/// <summary>Makes a wrong option fail the application's start.</summary>
internal sealed class SqliteKeyValueOptionsValidator : IValidateOptions<SqliteKeyValueOptions>
{
    public ValidateOptionsResult Validate(string? name, SqliteKeyValueOptions options) =>
        options.FindError() is { } error ? ValidateOptionsResult.Fail($"Scope '{name}': {error}") : ValidateOptionsResult.Success;
}
