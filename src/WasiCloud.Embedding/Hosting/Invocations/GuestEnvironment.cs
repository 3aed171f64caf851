using WasiCloud.Embedding.Guests;

namespace WasiCloud.Embedding.Hosting.Invocations;

/// <summary>The environment variables that every guest has, encoded once.</summary>
internal sealed class GuestEnvironment
{
    private readonly KeyValuePair<string, string>[] _variables;
    private readonly GuestStrings _strings;

    public GuestEnvironment(IEnumerable<KeyValuePair<string, string>> variables)
    {
        _variables = [.. variables];
        _strings = Encode(_variables);
    }

    /// <summary>Adds a guest's own variables, which override those of the same name.</summary>
    /// <exception cref="ArgumentException">One contains a NUL.</exception>
    public GuestStrings Merge(IReadOnlyDictionary<string, string> own) =>
        own.Count == 0 ? _strings : Encode(_variables.Where(variable => !own.ContainsKey(variable.Key)).Concat(own));

    private static GuestStrings Encode(IEnumerable<KeyValuePair<string, string>> variables) =>
        new([.. variables.OrderBy(variable => variable.Key, StringComparer.Ordinal).Select(variable => $"{variable.Key}={variable.Value}")]);
}
