using System.CommandLine;

namespace WasiCloud.Tool;

/// <summary>Keeps the guest's arguments from being taken for the command's own: what follows MODULE is the guest's.</summary>
internal static class CommandLineSplit
{
    private const string EndOfOptions = "--";

    /// <summary>Puts <c>--</c> before the module, the first argument that is neither an option nor an option's value.</summary>
    public static string[] BeforeModule(RootCommand root, string[] arguments)
    {
        if (arguments.Length == 0 || root.Subcommands.FirstOrDefault(command => command.Name == arguments[0]) is not { } command) return arguments;
        var index = 1;
        while (index < arguments.Length && arguments[index].StartsWith('-'))
        {
            if (arguments[index] == EndOfOptions) return arguments;
            index += TakesNext(command, arguments[index]) ? 2 : 1;
        }

        return index >= arguments.Length ? arguments : [.. arguments[..index], EndOfOptions, .. arguments[index..]];
    }

    private static bool TakesNext(Command command, string name) =>
        command.Options.FirstOrDefault(option => option.Name == name) is { } option && option.Arity.MinimumNumberOfValues > 0;
}
