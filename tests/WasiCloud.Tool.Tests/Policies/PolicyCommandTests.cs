using FluentAssertions;
using Xunit;

namespace WasiCloud.Tool.Tests.Policies;

public class PolicyCommandTests
{
    private const string Policy = """
        # A guest's.
        /beta/kv/local/todo rwc tenant

        /beta/kv/local/todo/hidden -
        /srv r
        import env.say
        limit time 5s

        """;

    [Fact]
    public async Task Check_PoliciesThatAreNone_TellsEachWithItsPlaceAndReturns1()
    {
        using var folder = new TemporaryFolder();
        var (good, bad) = (folder.Write("good.policy", Text(Policy)), folder.Write("bad.policy", Text("/a r\n/b rx\n")));
        var json = folder.Write("bad.json", Text("""{ "lines": ["/a r", "b r"] }"""));
        var result = await ToolProcess.InvokeAsync("policy", "check", good, bad, json);
        result.ExitCode.Should().Be(1);
        result.Output.Split('\n').Should().HaveCount(3);
        result.Output.Should().Contain($"{bad}(2,5): ").And.Contain("$.lines[1], column 1: ");
    }

    [Fact]
    public async Task Check_PolicyWithSeveralMistakes_TellsAllOfThem()
    {
        using var folder = new TemporaryFolder();
        var text = folder.Write("bad.policy", Text("a r\n/b rx\n/c r\n/c w\nlimit speed 3\nlimit time soon\nimport\n"));
        var json = folder.Write("bad.json", Text("""{ "lines": ["/a r", 7, "b r"], "colour": 1, "limits": { "time": "soon", "fuel": [] } }"""));

        var result = await ToolProcess.InvokeAsync("policy", "check", text, json);

        result.ExitCode.Should().Be(1);
        var lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Take(6).Select(line => line[..line.IndexOf(':', StringComparison.Ordinal)]).Should().Equal(
            $"{text}(1,1)", $"{text}(2,5)", $"{text}(4,1)", $"{text}(5,7)", $"{text}(6,12)", $"{text}(7,7)");
        lines.Skip(6).Select(line => line[..line.IndexOf(": ", json.Length + 2, StringComparison.Ordinal)]).Should().Equal(
            $"{json}: $.lines[1]", $"{json}: $.lines[2], column 1", $"{json}: $.colour", $"{json}: $.limits.time", $"{json}: $.limits.fuel");
    }

    [Fact]
    public async Task Check_LineThatSaysNothingNew_WarnsAndReturns0()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("app.policy", Text("\n/a rw\n/a/b rw\n"));
        var result = await ToolProcess.InvokeAsync("policy", "check", file);
        result.Should().Be(new ToolResult(0, $"{file}(3): warning: '/a/b rw' says what is said already without it.\n", string.Empty));
    }

    [Fact]
    public async Task Diff_OfPolicies_TellsWhatEachAllowsMore()
    {
        using var folder = new TemporaryFolder();
        var first = folder.Write("a.policy", Text(Policy));
        var second = folder.Write("b.policy", Text("/beta/kv/local/todo rw tenant\n/srv rw\nlimit time 5s\n/srv/x rw\n"));
        var result = await ToolProcess.InvokeAsync("policy", "diff", first, second);
        result.Should().Be(new ToolResult(
            1, "- /beta/kv/local/todo c\n+ /beta/kv/local/todo/hidden rw\n+ /srv w\n+ /srv/x w\n- import env.say\n", string.Empty));
        (await ToolProcess.InvokeAsync("policy", "diff", first, first)).Should().Be(new ToolResult(0, string.Empty, string.Empty));
    }

    [Theory]
    [InlineData("/beta/kv/local/todo/a", "(2): /beta/kv/local/todo rwc tenant: the guest may read and list; write what exists; create, remove and rename; ")]
    [InlineData("/beta/kv/local/todo/hidden/x", "(4): /beta/kv/local/todo/hidden -: it does not exist (ENOENT).")]
    [InlineData("/beta/kv", "no line covers it: it does not exist (ENOENT). As a directory it leads to /beta/kv/local/todo.")]
    [InlineData("/tmp/x", "/tmp, which every policy has: ")]
    public async Task Explain_Path_TellsTheLineThatDecides(string path, string expected)
    {
        using var folder = new TemporaryFolder();
        var result = await ToolProcess.InvokeAsync("policy", "explain", folder.Write("app.policy", Text(Policy)), path);
        result.Output.Should().StartWith(path + ": ").And.Contain(expected);
        result.ExitCode.Should().Be(0);
    }

    /// <summary>What is learned of a program is enough for it, and less is not.</summary>
    [Fact]
    public async Task Run_UnderThePolicyThatWasLearned_DoesWhatItDidWithout()
    {
        using var folder = new TemporaryFolder();
        var policy = Path.Combine(folder.Path, "app.policy");
        string[] program = ["--mem", "/data", ToolProcess.Guest("posix"), "/data"];
        var learned = await ToolProcess.RunAsync(["--learn", policy, .. program]);
        var text = await File.ReadAllTextAsync(policy);
        var bound = await ToolProcess.RunAsync(["--policy", policy, .. program]);
        var unbound = await ToolProcess.RunAsync(program);
        await File.WriteAllTextAsync(policy, "/data r\n");
        var denied = await ToolProcess.RunAsync(["--policy", policy, .. program]);

        text.Should().StartWith("# This policy was learned from 1 invocation, and covers only what ran.\n").And.EndWith("\n/data rwc\n");
        learned.Error.Should().EndWith($"wasicloud: The policy in '{policy}' was learned from 1 invocation, and covers only what ran.\n");
        (learned.ExitCode, learned.Output).Should().Be((unbound.ExitCode, unbound.Output));
        bound.Should().Be(unbound, text);
        denied.Should().NotBe(unbound);
    }

    [Fact]
    public async Task Run_LearningOnceMore_AddsToWhatTheFileHas()
    {
        using var folder = new TemporaryFolder();
        var policy = folder.Write("app.policy", Text("# Mine.\n/data/kept r\n/srv r\nimport env.say\nlimit time 1min\n"));

        var result = await ToolProcess.RunAsync("--learn", policy, "--mem", "/data", ToolProcess.Guest("posix"), "/data");

        result.Error.Should().EndWith($"wasicloud: The policy in '{policy}' was learned from 1 invocation, and covers only what ran; what it had was kept.\n");
        (await File.ReadAllTextAsync(policy)).Should().EndWith("; what it had was kept.\n/data rwc\n/srv r\nimport env.say\nlimit time 1min\n");
        Directory.GetFiles(folder.Path).Should().ContainSingle();
    }

    [Fact]
    public async Task Run_LearningToStandardOutput_PrintsThePolicy()
    {
        var result = await ToolProcess.RunAsync("--learn", "/dev/stdout", "--mem", "/data", ToolProcess.Guest("posix"), "/data");

        result.Output.Should().EndWith("# This policy was learned from 1 invocation, and covers only what ran.\n/data rwc\n");
    }

    [Fact]
    public async Task Run_LearningThroughALink_WritesWhatItPointsTo()
    {
        using var folder = new TemporaryFolder();
        var (target, link) = (folder.Write("target.policy", Text("/srv r\n")), Path.Combine(folder.Path, "link.policy"));
        File.CreateSymbolicLink(link, target);

        await ToolProcess.RunAsync("--learn", link, "--mem", "/data", ToolProcess.Guest("posix"), "/data");

        (await File.ReadAllTextAsync(target)).Should().EndWith("\n/data rwc\n/srv r\n");
        new FileInfo(link).LinkTarget.Should().Be(target);
    }

    [Theory]
    [InlineData("srv r\n", 2, "app.policy(1,1): ")]
    [InlineData("/data r tenant\n", 2, "What was learned cannot be added to ")]
    public async Task Run_LearningIntoWhatItCannotBeAddedTo_LeavesTheFileAsItIs(string text, int exitCode, string expected)
    {
        using var folder = new TemporaryFolder();
        var policy = folder.Write("app.policy", Text(text));

        var result = await ToolProcess.RunAsync("--learn", policy, "--mem", "/data", ToolProcess.Guest("posix"), "/data");

        result.ExitCode.Should().Be(exitCode);
        result.Error.Should().Contain(expected);
        (await File.ReadAllTextAsync(policy)).Should().Be(text);
    }

    [Fact]
    public async Task Run_PolicyThatIsNone_Returns2WithItsPlace()
    {
        using var folder = new TemporaryFolder();
        var policy = folder.Write("bad.policy", Text("/a r\nb r\n"));
        var result = await ToolProcess.RunAsync("--policy", policy, ToolProcess.Guest("hello"));
        result.ExitCode.Should().Be(2);
        result.Error.Should().StartWith($"wasicloud: {policy}(2,1): ");
    }

    private static byte[] Text(string text) => System.Text.Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\n"));
}
