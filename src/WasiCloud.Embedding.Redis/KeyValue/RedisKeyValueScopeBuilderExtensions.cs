using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using WasiCloud.Embedding.KeyValue.Setup;
using WasiCloud.Embedding.Redis;
using WasiCloud.Embedding.Redis.KeyValue;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Chooses <see cref="RedisKeyValueBackend"/>.</summary>
public static class RedisKeyValueScopeBuilderExtensions
{
    /// <summary>Stores the scope in Redis or Valkey, shared by all hosts that name the same server and scope.</summary>
    /// <param name="scope">The scope.</param>
    /// <param name="configuration">The servers, as in <see cref="RedisKeyValueOptions.Configuration"/>, for example <c>localhost:6379</c>.</param>
    /// <returns>The scope.</returns>
    public static IKeyValueScopeBuilder UseRedis(this IKeyValueScopeBuilder scope, string configuration) =>
        scope.UseRedis(options => options.Configuration = configuration);

    /// <summary>Stores the scope in Redis or Valkey.</summary>
    /// <param name="scope">The scope.</param>
    /// <param name="configure">Sets the options; a wrong one fails the application's start with a message that names it.</param>
    /// <returns>The scope.</returns>
    public static IKeyValueScopeBuilder UseRedis(this IKeyValueScopeBuilder scope, Action<RedisKeyValueOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(scope);
        ArgumentNullException.ThrowIfNull(configure);
        var name = scope.Name;
        scope.Services.AddOptions<RedisKeyValueOptions>(name).Configure(options => options.Scope = name).Configure(configure).ValidateOnStart();
        scope.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<RedisKeyValueOptions>, RedisKeyValueOptionsValidator>());
        return scope.UseBackend(services => new RedisKeyValueBackend(
            services.GetRequiredService<IOptionsMonitor<RedisKeyValueOptions>>().Get(name),
            services.GetService<TimeProvider>()));
    }
}
