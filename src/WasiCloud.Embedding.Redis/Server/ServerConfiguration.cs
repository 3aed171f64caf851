using StackExchange.Redis;

namespace WasiCloud.Embedding.Redis.Server;

/// <summary>Which servers the options name, and how to connect: as text or as an object, which takes precedence.</summary>
internal static class ServerConfiguration
{
    /// <summary>Says what is wrong with the text or the object, or <see langword="null"/>.</summary>
    /// <param name="owner">The name of the options.</param>
    /// <param name="configuration">The text. It is not repeated because it may hold a password.</param>
    /// <param name="configurationOptions">The object.</param>
    public static string? FindError(string owner, string configuration, ConfigurationOptions? configurationOptions)
    {
        if (configurationOptions is not null)
            return configurationOptions.EndPoints.Count == 0
                ? $"{owner}.{nameof(RedisKeyValueOptions.ConfigurationOptions)} is '{configurationOptions}' but must name a server."
                : null;
        try
        {
            return string.IsNullOrWhiteSpace(configuration) || ConfigurationOptions.Parse(configuration).EndPoints.Count == 0
                ? $"{owner}.{nameof(RedisKeyValueOptions.Configuration)} is wrong: it must name a server, such as localhost:6379."
                : null;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            return $"{owner}.{nameof(RedisKeyValueOptions.Configuration)} is wrong: {exception.Message}";
        }
    }

    /// <summary>A copy that the caller may change.</summary>
    public static ConfigurationOptions Copy(string configuration, ConfigurationOptions? configurationOptions) =>
        (configurationOptions ?? ConfigurationOptions.Parse(configuration)).Clone();

    /// <summary>The servers, for messages.</summary>
    public static string Describe(ConfigurationOptions configuration) => string.Join(',', configuration.EndPoints.Select(EndPointCollection.ToString));
}
