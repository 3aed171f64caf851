using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using WasiCloud.Embedding.KeyValue.Setup;
using WasiCloud.Embedding.PostgreSql;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Chooses <see cref="PostgreSqlKeyValueBackend"/>.</summary>
public static class PostgreSqlKeyValueScopeBuilderExtensions
{
    /// <summary>Stores the scope in a PostgreSQL database, where any number of hosts may share it.</summary>
    /// <param name="scope">The scope.</param>
    /// <param name="connectionString">The database, as in <see cref="PostgreSqlKeyValueOptions.ConnectionString"/>.</param>
    /// <returns>The scope.</returns>
    public static IKeyValueScopeBuilder UsePostgreSql(this IKeyValueScopeBuilder scope, string connectionString) =>
        scope.UsePostgreSql(options => options.ConnectionString = connectionString);

    /// <summary>Stores the scope in a PostgreSQL database.</summary>
    /// <param name="scope">The scope.</param>
    /// <param name="configure">Sets the options; a wrong one fails the application's start with a message that names it.</param>
    /// <returns>The scope.</returns>
    public static IKeyValueScopeBuilder UsePostgreSql(this IKeyValueScopeBuilder scope, Action<PostgreSqlKeyValueOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(scope);
        ArgumentNullException.ThrowIfNull(configure);
        var name = scope.Name;
        scope.Services.AddOptions<PostgreSqlKeyValueOptions>(name).Configure(options => options.Scope = name).Configure(configure).ValidateOnStart();
        scope.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<PostgreSqlKeyValueOptions>, PostgreSqlKeyValueOptionsValidator>());
        return scope.UseBackend(services => new PostgreSqlKeyValueBackend(
            services.GetRequiredService<IOptionsMonitor<PostgreSqlKeyValueOptions>>().Get(name),
            services.GetService<TimeProvider>()));
    }
}
