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
            catch (GuestPolicyFormatException exception)
            {
                foreach (var problem in exception.Problems) Console.Out.WriteLine(SafeText.OfMessage(In(file, problem)));
                exitCode = ExitCodes.Failure;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                Console.Out.WriteLine(SafeText.OfMessage(exception.Message));
                exitCode = ExitCodes.Failure;
            }
        }

        return exitCode;
    }

    // What is wrong in JSON names the place in it alone.
    private static string In(string file, string problem) => problem.StartsWith(file, StringComparison.Ordinal) ? problem : $"{file}: {problem}";

    private static void Warn(string file, GuestPolicy policy)
    {
        var needed = policy.Simplify().Lines.Select(line => line.Path).ToHashSet(StringComparer.Ordinal);
        if (needed.Count == policy.Lines.Count) return;
        var places = PolicyFile.Of(file);
        foreach (var line in policy.Lines.Where(line => !needed.Contains(line.Path)))
            Console.Out.WriteLine(SafeText.OfMessage($"{places.PlaceOf(line)}: warning: '{line}' says what is said already without it."));
    }
}
