using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using WasiCloud.Embedding.KeyValue.Setup;
using WasiCloud.Embedding.Sqlite;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Chooses <see cref="SqliteKeyValueBackend"/>.</summary>
public static class SqliteKeyValueScopeBuilderExtensions
{
    /// <summary>Stores the scope in a SQLite file, durably.</summary>
    /// <param name="scope">The scope.</param>
    /// <param name="path">The file, as in <see cref="SqliteKeyValueOptions.Path"/>.</param>
    /// <returns>The scope.</returns>
    public static IKeyValueScopeBuilder UseSqlite(this IKeyValueScopeBuilder scope, string path) => scope.UseSqlite(options => options.Path = path);

    /// <summary>Stores the scope in a SQLite file.</summary>
    /// <param name="scope">The scope.</param>
    /// <param name="configure">Sets the options; a wrong one fails the application's start with a message that names it.</param>
    /// <returns>The scope.</returns>
    public static IKeyValueScopeBuilder UseSqlite(this IKeyValueScopeBuilder scope, Action<SqliteKeyValueOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(scope);
        ArgumentNullException.ThrowIfNull(configure);
        var name = scope.Name;
        scope.Services.AddOptions<SqliteKeyValueOptions>(name).Configure(options => options.Scope = name).Configure(configure).ValidateOnStart();
        scope.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SqliteKeyValueOptions>, SqliteKeyValueOptionsValidator>());
        return scope.UseBackend(services => new SqliteKeyValueBackend(
            services.GetRequiredService<IOptionsMonitor<SqliteKeyValueOptions>>().Get(name),
            services.GetService<TimeProvider>()));
    }
}
