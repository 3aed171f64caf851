using System.Globalization;
using WasiCloud.Embedding.Authority;

namespace WasiCloud.Tool.Policies;

/// <summary>Where the lines of a policy stand in its file.</summary>
internal sealed class PolicyFile
{
    private readonly string _file;
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);

    private PolicyFile(string file) => _file = file;

    /// <summary>Reads a file that is a policy.</summary>
    public static PolicyFile Of(string file)
    {
        var result = new PolicyFile(file);
        if (file.EndsWith(".json", StringComparison.OrdinalIgnoreCase)) return result;
        var number = 0;
        foreach (var text in File.ReadLines(file))
        {
            number++;
            if (GuestPolicy.Parse(text).Lines is [var line]) result._numbers.TryAdd(line.Path, number);
        }

        return result;
    }

    /// <summary>Where a line stands.</summary>
    /// <returns>The file's name with the number of the line, from 1; without it if the file is JSON.</returns>
    public string PlaceOf(GuestPolicyLine line) =>
        _numbers.TryGetValue(line.Path, out var number) ? string.Create(CultureInfo.InvariantCulture, $"{_file}({number})") : _file;
}
