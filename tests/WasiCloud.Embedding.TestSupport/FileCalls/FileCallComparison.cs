using System.Globalization;

namespace WasiCloud.Embedding.FileCalls;

/// <summary>Compares what a mount answered with what Linux answers.</summary>
/// <param name="isMemory">Whether the mount is in memory.</param>
internal sealed class FileCallComparison(bool isMemory)
{
    // Calls that change nothing but what they are told.
    private static readonly HashSet<string> s_harmless =
        new(["stat", "same", "readlink", "list", "available", "seek", "read", "pread", "fstat"], StringComparer.Ordinal);

    /// <summary>How often each difference that is meant was met.</summary>
    public Dictionary<AllowedDifference, int> Allowed { get; } = [];

    /// <summary>How many answers were compared.</summary>
    public int Compared { get; private set; }

    /// <summary>Differences that nobody has explained, with the calls before them.</summary>
    public List<string> Unexplained { get; } = [];

    /// <summary>Compares all sequences.</summary>
    public void Compare(IReadOnlyList<FileCallSequence> expected, IReadOnlyList<FileCallSequence> actual)
    {
        foreach (var (linux, ours) in expected.Zip(actual)) Compare(linux, ours);
    }

    private void Compare(FileCallSequence linux, FileCallSequence ours)
    {
        for (var number = 1; number <= linux.Calls.Count; number++)
        {
            // A mount that came with its first files was not asked for them.
            if (!ours.Answers.TryGetValue(number, out var answer) && number < (ours.Answers.Count == 0 ? int.MaxValue : ours.Answers.Keys.Min())) continue;
            var expected = linux.Answers.GetValueOrDefault(number, "nothing");
            Compared++;
            if (answer == expected) continue;
            var made = new FileCall(linux.Calls[number - 1].Split(' '));
            var allowed = AllowedDifference.All.FirstOrDefault(difference => difference.Explains(made, expected, answer ?? "nothing", isMemory));
            if (allowed is null)
            {
                var before = Enumerable.Range(1, number).Select(call => $"    {linux.Calls[call - 1]}: {linux.Answers.GetValueOrDefault(call)}");
                Unexplained.Add(string.Create(
                    CultureInfo.InvariantCulture, $"{linux.Name} call {number}: Linux says '{expected}', here it is '{answer}'\n{string.Join('\n', before)}"));
                return;
            }

            Allowed[allowed] = Allowed.GetValueOrDefault(allowed) + 1;

            // What one of the two did is not there for the other: what follows says nothing.
            if (IsError(expected) != IsError(answer!) && !s_harmless.Contains(made.Name)) return;
        }
    }

    private static bool IsError(string answer) => answer.Length > 1 && answer[0] == 'E' && char.IsAsciiLetterUpper(answer[1]);
}
