using System.CommandLine;

namespace WasiCloud.Tool;

/// <summary>Keeps the guest's arguments from being taken for the command's own: what follows the MODULE of <c>run</c> is the guest's.</summary>
internal static class CommandLineSplit
{
    private const string EndOfOptions = "--";

    /// <summary>Puts <c>--</c> before the module, the first argument that is neither an option nor an option's value.</summary>
    public static string[] BeforeModule(RootCommand root, string[] arguments)
    {
        if (arguments.Length == 0 || arguments[0] != RunCommand.Name) return arguments;
        var command = root.Subcommands.First(command => command.Name == RunCommand.Name);
        var index = 1;
        while (index < arguments.Length && arguments[index].StartsWith('-'))
        {
            if (arguments[index] == EndOfOptions) return arguments;
            index += TakesNext(command, arguments[index]) ? 2 : 1;
        }

        return index >= arguments.Length ? arguments : [.. arguments[..index], EndOfOptions, .. arguments[index..]];
    }

    /// <summary>A word that starts with <c>-</c> in the module's place is an option that does not exist.</summary>
    /// <exception cref="FormatException">It is one.</exception>
    public static string NotAnOption(string module) => module.StartsWith('-') ? throw new FormatException($"There is no option '{module}'.") : module;

    private static bool TakesNext(Command command, string name) =>
        command.Options.FirstOrDefault(option => option.Name == name) is { } option && option.Arity.MinimumNumberOfValues > 0;
}
