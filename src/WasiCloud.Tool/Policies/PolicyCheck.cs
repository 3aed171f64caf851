using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Tool.Policies;

/// <summary>Tells what is wrong with policies.</summary>
internal static class PolicyCheck
{
    /// <returns>The exit code.</returns>
    public static int Print(string[] files)
    {
        var exitCode = 0;
        foreach (var file in files)
        {
            try
            {
                Warn(file, GuestPolicy.Load(file));
            }
            catch (Exception exception) when (exception is GuestPolicyFormatException or IOException or UnauthorizedAccessException)
            {
                Console.Out.WriteLine(SafeText.OfMessage(exception.Message));
                exitCode = ExitCodes.Failure;
            }
        }

        return exitCode;
    }

    private static void Warn(string file, GuestPolicy policy)
    {
        var needed = policy.Simplify().Lines.Select(line => line.Path).ToHashSet(StringComparer.Ordinal);
        if (needed.Count == policy.Lines.Count) return;
        var places = PolicyFile.Of(file);
        foreach (var line in policy.Lines.Where(line => !needed.Contains(line.Path)))
            Console.Out.WriteLine(SafeText.OfMessage($"{places.PlaceOf(line)}: warning: '{line}' says what is said already without it."));
    }
}
