using Microsoft.Extensions.Configuration;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding.Authority;

/// <summary>Reads policies of configurations.</summary>
internal static class PolicyConfiguration
{
    /// <summary>Reads a section.</summary>
    /// <exception cref="GuestPolicyFormatException">It is no policy: the message tells the path.</exception>
    public static GuestPolicy Read(IConfiguration section)
    {
        var place = section is IConfigurationSection named ? named.Path : string.Empty;
        var isEmpty = true;
        var entries = new PolicyEntries();
        if (section is IConfigurationSection { Value.Length: > 0 }) throw PolicyEntries.WrongKind(place, "a section with 'lines', 'imports' and 'limits'");
        foreach (var child in section.GetChildren())
        {
            isEmpty = false;
            entries.Problems.Try(() => ReadMember(child, entries));
        }

        // A slip of the pen in its name must not look like a policy that grants nothing.
        if (isEmpty) throw new GuestPolicyFormatException(place, "There is no such section, or it is empty: a policy that grants nothing says \"lines\": [].");
        return entries.Build();
    }

    private static void ReadMember(IConfigurationSection child, PolicyEntries entries)
    {
        var member = PolicyEntries.MemberOf(child.Key, PathOf(child));
        if (!string.IsNullOrEmpty(child.Value)) throw PolicyEntries.WrongKind(PathOf(child), PolicyEntries.KindOf(member));
        if (member == PolicyEntries.Limits) ReadLimits(child, entries);
        else ReadTexts(child, entries, member);
    }

    private static void ReadTexts(IConfigurationSection list, PolicyEntries entries, string member)
    {
        foreach (var item in list.GetChildren())
        {
            if (!item.Key.All(char.IsAsciiDigit)) throw PolicyEntries.WrongKind(PathOf(list), PolicyEntries.KindOf(member));
            entries.Problems.Try(() =>
            {
                if (item.Value is not { } text || item.GetChildren().Any()) throw PolicyEntries.WrongKind(PathOf(item), "a text");
                entries.Add(member, text, PathOf(item));
            });
        }
    }

    private static void ReadLimits(IConfigurationSection limits, PolicyEntries entries)
    {
        foreach (var limit in limits.GetChildren())
        {
            entries.Problems.Try(() =>
            {
                if (limit.Value is not { } text || limit.GetChildren().Any())
                    throw PolicyEntries.WrongKind(PathOf(limit), "a text such as \"64MiB\", or a number");
                entries.Limit(limit.Key, text, PathOf(limit));
            });
        }
    }

    private static string PathOf(IConfigurationSection section) => SafeText.Of(section.Path);
}
