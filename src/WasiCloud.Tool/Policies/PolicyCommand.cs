using System.CommandLine;

namespace WasiCloud.Tool.Policies;

/// <summary>The command line of <c>wasicloud policy</c>.</summary>
internal static class PolicyCommand
{
    private static readonly Argument<string[]> Files = new("FILE") { Description = "Policies: texts, or JSON named *.json.", Arity = ArgumentArity.OneOrMore };
    private static readonly Argument<string> First = new("A") { Description = "A policy." };
    private static readonly Argument<string> Second = new("B") { Description = "The policy that it is compared with." };
    private static readonly Argument<string> Explained = new("FILE") { Description = "A policy." };
    private static readonly Argument<string> Place = new("PATH") { Description = "An absolute path of the guest's tree." };

    public static Command Create()
    {
        var check = new Command(
            "check", "Tells what is wrong with policies, and which lines say nothing new (exit code 0: nothing is wrong, 1: something is).");
        check.Arguments.Add(Files);
        check.SetAction(result => PolicyCheck.Print(result.GetValue(Files) ?? []));

        var diff = new Command(
            "diff", "Tells what policy B allows and A does not (+), and the other way round (-), by path (exit code 0: the same, 1: different).");
        diff.Arguments.Add(First);
        diff.Arguments.Add(Second);
        diff.SetAction(result => PolicyDifference.Print(result.GetRequiredValue(First), result.GetRequiredValue(Second)));

        var explain = new Command("explain", "Tells what a guest may do with a path, and which line of its policy says so.");
        explain.Arguments.Add(Explained);
        explain.Arguments.Add(Place);
        explain.SetAction(result => PolicyExplanation.Print(result.GetRequiredValue(Explained), result.GetRequiredValue(Place)));

        var command = new Command(
            "policy",
            "Checks, compares and explains policies: what guests may do with which paths.\n\n"
            + "Examples:\n"
            + "  wasicloud policy check *.policy\n"
            + "  wasicloud policy diff old.policy new.policy\n"
            + "  wasicloud policy explain app.policy /beta/kv/local/a");
        command.Subcommands.Add(check);
        command.Subcommands.Add(diff);
        command.Subcommands.Add(explain);
        return command;
    }
}
