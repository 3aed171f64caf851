using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Tool.Policies;

/// <summary>A file that gets what is learned of a program, beside what it has.</summary>
internal sealed class LearnedPolicy
{
    private readonly string _file;
    private readonly GuestPolicy? _known;

    private LearnedPolicy(string file, GuestPolicy? known) => (_file, _known) = (file, known);

    private bool IsJson => _file.EndsWith(".json", StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads what the file has, if it is there: before something is learned that could not be added.</summary>
    /// <exception cref="GuestPolicyFormatException">It is no policy.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static LearnedPolicy Open(string file) => new(file, IsStored(file) ? GuestPolicy.Load(file) : null);

    /// <summary>Writes the policy, and says what it is worth.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="FormatException">What was learned and what the file has cannot be said in one policy.</exception>
    public void Write(GuestPolicyObserver observer)
    {
        var worth = FormattableString.Invariant($"learned from {observer.Invocations} invocation{(observer.Invocations == 1 ? string.Empty : "s")}, ")
            + "and covers only what ran";
        if (observer.LeftOut > 0)
            worth += FormattableString.Invariant($"; there was no room for {observer.LeftOut} uses, which are recorded as of their directories");
        if (_known is not null) worth += "; what it had was kept";
        var policy = Add(observer.Learn());

        Write(IsJson ? policy.ToJson() : $"# This policy was {worth}.\n{policy}");
        FailureReport.Warn($"The policy in '{_file}' was {worth}.");
    }

    // Not a device or pipe such as /dev/stdout, of which nothing can be read and which nothing can replace.
    private static bool IsStored(string file)
    {
        if (!OperatingSystem.IsLinux()) return File.Exists(file);
        if (!LinuxFile.Hold(file).TryGet(out var held)) return false;
        using (held) return held is { Type: FileType.RegularFile, Size: > 0 };
    }

    private void Write(string text)
    {
        if (File.Exists(_file) && !IsStored(_file))
        {
            File.WriteAllText(_file, text);
            return;
        }

        // Whoever reads it meanwhile has the old one or the new one. A link stays one.
        var target = (File.Exists(_file) ? File.ResolveLinkTarget(_file, returnFinalTarget: true)?.FullName : null) ?? _file;
        var made = target + ".new";
        File.WriteAllText(made, text);
        File.Move(made, target, overwrite: true);
    }

    private GuestPolicy Add(GuestPolicy learned)
    {
        if (_known is not { } known) return learned;
        try
        {
            // Limits are not learned: those that were written there still hold.
            return known.Union(learned).Intersect(new GuestPolicyBuilder().Allow("/", GuestAccess.All).AllowImport().Limit(known.Limits).Build());
        }
        catch (ArgumentException exception)
        {
            throw new FormatException($"What was learned cannot be added to '{_file}': {exception.Message}", exception);
        }
    }
}
