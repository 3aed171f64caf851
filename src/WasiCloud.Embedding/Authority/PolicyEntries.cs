using System.Globalization;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding.Authority;

/// <summary>Makes a policy of what JSON or a configuration says: each entry comes with the place where it stands.</summary>
internal sealed class PolicyEntries
{
    public const string Lines = "lines";
    public const string Imports = "imports";
    public const string Limits = "limits";

    // Members of a configuration are the same in whatever case, so they are here.
    private const StringComparison IgnoreCase = StringComparison.OrdinalIgnoreCase;

    private readonly PolicyReader _reader;
    private string _place = string.Empty;
    private bool _isInText;

    public PolicyEntries() => _reader = new PolicyReader((_, column, problem) => _isInText
        ? new GuestPolicyFormatException(_place, column, problem)
        : new GuestPolicyFormatException(_place, problem));

    /// <summary>What is wrong.</summary>
    public PolicyProblems Problems { get; } = new();

    /// <summary>What was read.</summary>
    /// <exception cref="GuestPolicyFormatException">Something was wrong.</exception>
    public GuestPolicy Build()
    {
        Problems.ThrowIfAny();
        return _reader.Build();
    }

    /// <summary>Which member a name is of a policy.</summary>
    /// <exception cref="GuestPolicyFormatException">It is none.</exception>
    public static string MemberOf(string name, string place)
    {
        foreach (var member in (ReadOnlySpan<string>)[Lines, Imports, Limits])
        {
            if (string.Equals(member, name, IgnoreCase)) return member;
        }

        throw new GuestPolicyFormatException(place, $"'{SafeText.Of(name)}' is no member of a policy: they are '{Lines}', '{Imports}' and '{Limits}'.");
    }

    /// <summary>Adds a line of a path, or an import.</summary>
    public void Add(string member, string text, string place)
    {
        (_place, _isInText) = (place, true);
        if (member == Lines) _reader.ReadPathLine(text);
        else _reader.ReadImportLine(text);
    }

    /// <summary>Sets a limit.</summary>
    public void Limit(string name, string value, string place)
    {
        (_place, _isInText) = (place, false);
        var known = LimitKind.All.FirstOrDefault(kind => string.Equals(kind.Name, name, IgnoreCase));
        _reader.ReadLimitOf(known?.Name ?? name, value);
    }

    /// <summary>What is said of a value that is of another kind than it has to be.</summary>
    public static GuestPolicyFormatException WrongKind(string place, string expected) =>
        new(place, string.Create(CultureInfo.InvariantCulture, $"This has to be {expected}."));

    /// <summary>What a member has to be.</summary>
    public static string KindOf(string member) => member switch
    {
        Lines => "a list of lines, such as [\"/beta/kv/local rwc\"]",
        Imports => "a list of imports, such as [\"env.say\"]",
        _ => "an object of limits, such as { \"time\": \"5s\" }",
    };
}
