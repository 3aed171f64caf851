using System.Text.RegularExpressions;

namespace WasiCloud.Documentation.Console;

/// <summary>Commands of pages that these tests look at and do not run, and why.</summary>
internal static class CommandsNotRun
{
    public static IReadOnlyList<(Regex Command, string Reason)> All { get; } =
    [
        Of("^dotnet run -c Release --project samples/", "serves, or plays, until it is stopped; the sample's own tests run it"),
        Of(@"^curl |\| curl ", "asks the sample, which the sample's own tests ask the same"),
        Of("^(WASICLOUD_TEST_EXECUTION=Fibers )?dotnet (test|build|format)", "runs the tests or builds, which is what is going on"),
        Of(@"^\.ci/run$", "runs these tests"),
        Of("^dotnet run -c Release --project (benchmarks|tests)/", "measures or searches for minutes"),
        Of("^benchmarks/replay/", "measures for minutes, with programs that are not here"),
        Of("^dotnet pack ", "packs and installs; .ci/run does it, and runs what it has installed"),
        Of(@"^(export )?(RUBY_WASM|WASI_TESTSUITE)=|^export ", "needs what is fetched from outside"),
        Of(@"\bwasicloud run .*(ruby|python|php-cgi|sqlite)\b",
            "needs programs of others, which are fetched from outside; WasiCloud.Tool.Tests has their like"),
        Of("^echo '<\\?php", "is for the command after it"),
        Of("^wasicloud serve ", "serves until it is stopped; WasiCloud.Tool.Tests/Serving runs it"),
        Of("^guests/build.sh", "needs toolchains; .ci/run runs it where they are"),
        Of("^(apt-get|dotnet tool|dotnet publish|sharpfuzz|AFL_)", "installs, or searches for hours"),
    ];

    private static (Regex Command, string Reason) Of(string command, string reason) => (new Regex(command, RegexOptions.None, TimeSpan.FromSeconds(1)), reason);
}
