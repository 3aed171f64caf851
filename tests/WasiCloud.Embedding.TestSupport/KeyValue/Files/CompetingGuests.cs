using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.KeyValue.Files;

namespace WasiCloud.Embedding.Tests.KeyValue.Files;

/// <summary>Guests that get in each other's way, on any store.</summary>
internal static class CompetingGuests
{
    /// <summary>Four guests append to one key, a hundred times each, and each close must succeed.</summary>
    /// <param name="backends">The store, once for each host.</param>
    public static async Task AppendAsync(IReadOnlyList<IKeyValueBackend> backends)
    {
        const int Guests = 4, Appends = 100;
        var mounts = backends.Select(backend => new KeyValueMount(backend)).ToList();

        await Task.WhenAll(Enumerable.Range(0, Guests).Select(number => Task.Run(async () =>
        {
            var guest = await KeyValueGuest.AttachAsync(mounts[number % mounts.Count]);
            for (var count = 0; count < Appends; count++)
            {
                var handle = await guest.OpenAsync("log", FileAccess.Write, create: true);
                await KeyValueGuest.AppendAsync(handle, $"{number}");
                (await KeyValueGuest.CloseAsync(handle)).Should().Be(Errno.Success);
            }
        })));

        var log = Encoding.UTF8.GetString((await backends[0].GetAsync("log", int.MaxValue, default))!.Value!.Value.Span);
        for (var number = 0; number < Guests; number++) log.Count(character => character == '0' + number).Should().Be(Appends);
    }

    /// <summary>
    /// A guest renames a directory to and fro while two others commit and unlink below both of its names; it must never be told that it is busy.
    /// </summary>
    public static async Task RenameAsync(IKeyValueBackend backend, int rounds)
    {
        var mount = new KeyValueMount(backend);
        using var done = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 2).Select(number => Task.Run(async () =>
        {
            var guest = await KeyValueGuest.AttachAsync(mount);
            for (var count = 0; !done.IsCancellationRequested; count++)
            {
                await guest.WriteBelowAsync("x", $"{number}{count % 40}", "v");
                await guest.UnlinkBelowAsync("x", $"{number}{count % 40}");
                await guest.UnlinkBelowAsync("y", $"{number}{count % 40}");
            }
        })).ToList();
        var renaming = await KeyValueGuest.AttachAsync(mount, new PatientClock());
        await renaming.MakeDirectoryAsync("x");
        var errors = new List<Errno>();

        for (var round = 0; round < rounds; round++)
        {
            errors.Add(await renaming.RenameAsync("x", "y"));
            errors.Add(await renaming.RenameAsync("y", "x"));
        }

        await done.CancelAsync();
        await Task.WhenAll(writers);
        errors.Should().OnlyContain(error => error == Errno.Success || error == Errno.NoEnt || error == Errno.NotEmpty);
    }
}
