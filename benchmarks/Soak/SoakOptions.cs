using System.Globalization;

namespace WasiCloud.Embedding.Soak;

/// <summary>How much is run.</summary>
/// <param name="Execution">What guests run on.</param>
/// <param name="Invocations">Guests to run at least.</param>
/// <param name="Resumes">Times that guests go on after they waited, at least.</param>
/// <param name="Limit">When it ends, whatever was reached.</param>
/// <param name="Callers">Guests at one time.</param>
/// <param name="InvocationsPerCollection">How many invocations pass between two forced collections.</param>
/// <param name="Seed">What makes each caller's sequence the same in every run.</param>
internal sealed record SoakOptions(
    GuestExecution Execution, long Invocations, long Resumes, TimeSpan Limit, int Callers, int InvocationsPerCollection, int Seed)
{
    /// <summary>How the command is used.</summary>
    public const string Usage =
        "usage: soak [--execution fibers|threads] [--invocations N] [--resumes N] [--minutes M] [--callers N] [--invocations-per-collection N] [--seed N]";

    private static readonly SoakOptions Default = new(GuestExecution.Fibers, 10_000_000, 100_000_000, TimeSpan.FromHours(2), 64, 2_000, 1);

    /// <summary>Reads the command line.</summary>
    /// <exception cref="FormatException">It is not as <see cref="Usage"/> says.</exception>
    public static SoakOptions Parse(ReadOnlySpan<string> arguments)
    {
        var options = Default;
        for (var index = 0; index < arguments.Length; index += 2)
        {
            if (index + 1 == arguments.Length) throw new FormatException($"'{arguments[index]}' has no value.");
            options = options.With(arguments[index], arguments[index + 1]);
        }

        return options;
    }

    private SoakOptions With(string name, string value) => name switch
    {
        "--execution" => this with { Execution = Enum.Parse<GuestExecution>(value, ignoreCase: true) },
        "--invocations" => this with { Invocations = Number(value) },
        "--resumes" => this with { Resumes = Number(value) },
        "--minutes" => this with { Limit = TimeSpan.FromMinutes(double.Parse(value, CultureInfo.InvariantCulture)) },
        "--callers" => this with { Callers = (int)Number(value) },
        "--invocations-per-collection" => this with { InvocationsPerCollection = (int)Number(value) },
        "--seed" => this with { Seed = (int)Number(value) },
        _ => throw new FormatException($"'{name}' is unknown."),
    };

    private static long Number(string value) => long.Parse(value, NumberStyles.None, CultureInfo.InvariantCulture);
}
