namespace WasiCloud.Embedding.FileCalls;

/// <summary>What each call of a script was answered.</summary>
internal static class FileCallAnswers
{
    /// <summary>Puts the calls and what they were answered beside each other. Calls that were left out have no answer.</summary>
    public static IReadOnlyList<FileCallSequence> Read(string script, string output)
    {
        var sequences = new List<FileCallSequence>();
        foreach (var line in script.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("seq ", StringComparison.Ordinal)) sequences.Add(new FileCallSequence(line[4..], [], []));
            else if (line != "---") sequences[^1].Calls.Add(line);
        }

        var answers = sequences.ToDictionary(sequence => sequence.Name, sequence => sequence.Answers, StringComparer.Ordinal);
        Dictionary<int, string>? current = null;
        foreach (var line in output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("seq ", StringComparison.Ordinal))
            {
                current = answers[line[4..]];
                continue;
            }

            var end = line.IndexOf(' ', StringComparison.Ordinal);
            current![int.Parse(line.AsSpan(0, end), System.Globalization.CultureInfo.InvariantCulture)] = line[(end + 1)..];
        }

        return sequences;
    }
}

/// <summary>Calls that follow one another.</summary>
/// <param name="Name">Which.</param>
/// <param name="Calls">The calls.</param>
/// <param name="Answers">What was answered, by the number of the call, from 1.</param>
internal sealed record FileCallSequence(string Name, List<string> Calls, Dictionary<int, string> Answers);
