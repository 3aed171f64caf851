using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Tool.Policies;

/// <summary>Tells in what two policies differ.</summary>
internal static class PolicyDifference
{
    /// <returns>The exit code.</returns>
    public static int Print(string firstFile, string secondFile)
    {
        var (first, second) = (GuestPolicy.Load(firstFile), GuestPolicy.Load(secondFile));
        if (first.Equals(second)) return 0;
        var paths = first.Lines.Concat(second.Lines).Select(line => line.Path).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
        foreach (var path in paths)
        {
            var (before, after) = (Of(first, path), Of(second, path));
            if (before == after) continue;
            PrintRights('-', path, before.Access & ~after.Access);
            PrintRights('+', path, after.Access & ~before.Access);
            if (before.Access != GuestAccess.None && after.Access != GuestAccess.None && before.IsTenant != after.IsTenant)
                Print($"{(after.IsTenant ? '-' : '+')} {path} of all tenants");
            if (before.Access != GuestAccess.None && after.Access != GuestAccess.None && before.IsOwn != after.IsOwn)
                Print($"{(after.IsOwn ? '-' : '+')} {path} that is not the invocation's own");
        }

        PrintTexts('-', TextsOf(first).Except(TextsOf(second), StringComparer.Ordinal));
        PrintTexts('+', TextsOf(second).Except(TextsOf(first), StringComparer.Ordinal));
        return ExitCodes.Failure;
    }

    // Imports and limits, as they are printed.
    private static string[] TextsOf(GuestPolicy policy) =>
        [.. policy.Simplify().ToString().Split('\n').Where(text => text.Length > 0 && text[0] is 'i' or 'l')];

    private static (GuestAccess Access, bool IsTenant, bool IsOwn) Of(GuestPolicy policy, string path) =>
        policy.Find(path) is { Access: not GuestAccess.None } line ? (line.Access, line.IsTenant, line.IsOwn) : default;

    private static void PrintRights(char sign, string path, GuestAccess rights)
    {
        if (rights != GuestAccess.None) Print($"{sign} {new GuestPolicyLine(path, rights)}");
    }

    private static void PrintTexts(char sign, IEnumerable<string> texts)
    {
        foreach (var text in texts) Print($"{sign} {text}");
    }

    private static void Print(string text) => Console.Out.WriteLine(SafeText.OfMessage(text));
}
