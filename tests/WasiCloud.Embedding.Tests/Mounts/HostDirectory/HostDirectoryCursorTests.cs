using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.HostDirectory;
using Xunit;

namespace WasiCloud.Embedding.Tests.Mounts.HostDirectory;

public sealed class HostDirectoryCursorTests : IDisposable
{
    // More than twice as many as there are positions that a cursor keeps.
    private const int Entries = 9_000;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Read_OfManyEntries_FindsEachByItsCookieInAnyOrder()
    {
        for (var number = 0; number < Entries; number++) await File.WriteAllBytesAsync(_directory[FormattableString.Invariant($"{number}")], []);
        using var cursor = await OpenAsync();
        var names = new List<string>();
        while (cursor.Read((ulong)names.Count, out var entry, out var next) == Errno.Success)
        {
            names.Add(entry.Name);
            next.Should().Be((ulong)names.Count);
        }

        names.Should().HaveCount(Entries).And.OnlyHaveUniqueItems();
        cursor.Read(Entries, out _, out _).Should().Be(Errno.NoEnt);
        cursor.Read(ulong.MaxValue, out _, out _).Should().Be(Errno.NoEnt);
        var random = new Random(1);
        for (var call = 0; call < 300; call++)
        {
            var cookie = random.Next(Entries);
            cursor.Read((ulong)cookie, out var entry, out _).Should().Be(Errno.Success);
            entry.Name.Should().Be(names[cookie]);

            // Once more, as for an entry that the guest's buffer cut off.
            cursor.Read((ulong)cookie, out entry, out _).Should().Be(Errno.Success);
            entry.Name.Should().Be(names[cookie]);
        }
    }

    [Fact]
    public async Task Read_FromAnEarlierListingsCookie_CountsUpToIt()
    {
        for (var number = 0; number < 100; number++) await File.WriteAllBytesAsync(_directory[FormattableString.Invariant($"{number}")], []);
        using var first = await OpenAsync();
        using var second = await OpenAsync();
        for (ulong cookie = 0; cookie < 60; cookie++) first.Read(cookie, out _, out _);

        first.Read(60, out var expected, out _).Should().Be(Errno.Success);
        second.Read(60, out var entry, out _).Should().Be(Errno.Success);

        entry.Should().Be(expected);
    }

    private async Task<DirectoryCursor> OpenAsync() =>
        (await new HostDirectoryMount(_directory.Path, FileAccess.Read).AttachAsync(new InvocationContext { Id = "test" }, default)).OpenCursor()!;
}
