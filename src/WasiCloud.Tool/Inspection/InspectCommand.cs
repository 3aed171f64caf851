using System.CommandLine;

namespace WasiCloud.Tool.Inspection;

/// <summary>The command line of <c>wasicloud inspect</c>.</summary>
internal static class InspectCommand
{
    private static readonly Argument<string> Module = new("MODULE") { Description = "A WebAssembly file, of any kind." };

    public static Command Create()
    {
        var command = new Command(
            "inspect",
            "Shows what a module imports, exports and needs, and whether it can run here (exit code 0: yes, 1: no).\n\n"
            + "Examples:\n"
            + "  wasicloud inspect program.wasm\n"
            + "  wasicloud inspect program.wasm | grep ^import");
        command.Arguments.Add(Module);
        command.SetAction((result, cancellationToken) =>
            ModuleReport.PrintAsync(CommandLineSplit.NotAnOption(result.GetRequiredValue(Module)), cancellationToken));
        return command;
    }
}
