using FluentAssertions;

namespace WasiCloud.Embedding.Programs.Tests;

/// <summary>What a self-checking guest printed, and how it failed if it did.</summary>
public sealed record ProgramResult(IReadOnlyList<string> Lines, GuestException? Failure)
{
    /// <summary>The body of its response; empty if it has none.</summary>
    public string Answer { get; init; } = string.Empty;

    /// <summary>The guest ended well, made checks, and all of them held.</summary>
    /// <returns>The lines.</returns>
    public IReadOnlyList<string> Succeeds()
    {
        Lines.Where(line => line.StartsWith("not ok ", StringComparison.Ordinal)).Should().BeEmpty("these are the guest's checks");
        Failure.Should().BeNull("the guest printed:\n{0}", string.Join('\n', Lines.TakeLast(20)));
        Lines.Should().Contain(line => line.StartsWith("ok ", StringComparison.Ordinal), "a guest that checked nothing has shown nothing");
        return Lines;
    }
}
