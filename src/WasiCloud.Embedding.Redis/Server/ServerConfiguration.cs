using StackExchange.Redis;

namespace WasiCloud.Embedding.Redis.Server;

/// <summary>Which servers the options name, and how to connect: as text or as an object, which takes precedence.</summary>
internal static class ServerConfiguration
{
    // Longer names would make every key long.
    private const int MaxNameLength = 200;

    /// <summary>Checks that the text or the object names a server. Neither is repeated, because it may hold a password.</summary>
    public static void Check(string? configuration, ConfigurationOptions? configurationOptions, OptionProblems problems)
    {
        if (configurationOptions is not null)
        {
            if (configurationOptions.EndPoints.Count == 0)
                problems.Add(nameof(RedisKeyValueOptions.ConfigurationOptions), "is wrong: it must name a server.");
            return;
        }

        if (FindError(configuration) is { } error) problems.Add(nameof(RedisKeyValueOptions.Configuration), "is wrong: " + error);
    }

    /// <summary>Whether a text can be in the hash tag of keys. Braces would end that early, and let one scope's keys look like another's.</summary>
    public static bool IsName(string? name) => name is { Length: <= MaxNameLength } && name.AsSpan().IndexOfAny('{', '}') < 0;

    /// <summary>A copy that the caller may change.</summary>
    public static ConfigurationOptions Copy(string configuration, ConfigurationOptions? configurationOptions) =>
        (configurationOptions ?? ConfigurationOptions.Parse(configuration)).Clone();

    /// <summary>The servers, for messages.</summary>
    public static string Describe(ConfigurationOptions configuration) => string.Join(',', configuration.EndPoints.Select(EndPointCollection.ToString));

    private static string? FindError(string? configuration)
    {
        try
        {
            return string.IsNullOrWhiteSpace(configuration) || ConfigurationOptions.Parse(configuration).EndPoints.Count == 0
                ? "it must name a server, such as localhost:6379."
                : null;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            return exception.Message;
        }
    }
}
