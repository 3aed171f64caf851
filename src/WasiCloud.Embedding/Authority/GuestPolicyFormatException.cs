using System.Globalization;

namespace WasiCloud.Embedding.Authority;

/// <summary>What was read is no policy.</summary>
public sealed class GuestPolicyFormatException : FormatException
{
    internal GuestPolicyFormatException(string source, int line, int column, string problem)
        : base(string.Create(CultureInfo.InvariantCulture, $"{source}({line},{column}): {problem}")) => (Source, Line, Column) = (source, line, column);

    internal GuestPolicyFormatException(string path, string problem)
        : base($"{path}: {problem}") => ConfigurationPath = path;

    internal GuestPolicyFormatException(string path, int column, string problem)
        : base(string.Create(CultureInfo.InvariantCulture, $"{path}, column {column}: {problem}")) => (ConfigurationPath, Column) = (path, column);

    /// <summary>The line, from 1; 0 if it was read from JSON or configuration.</summary>
    public int Line { get; }

    /// <summary>The character in the line, from 1, also in a line that is a text of JSON or configuration; 0 if what is wrong is none.</summary>
    public int Column { get; }

    /// <summary>
    /// Where in JSON or a configuration it is, such as <c>$.lines[2]</c> or <c>Guests:todo:Policy:lines:2</c>; <see langword="null"/> if it was read from text.
    /// </summary>
    public string? ConfigurationPath { get; }

    /// <summary>
    /// Everything that is wrong, in the order in which it stands there, as <see cref="Exception.Message"/> tells of the first: at most 100, or this one alone
    /// if nothing could be read after it.
    /// </summary>
    public IReadOnlyList<string> Problems
    {
        get => field ?? [Message];
        internal set;
    }
}
