using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.KeyValue;
using WasiCloud.Embedding.Tests.Mounts.KeyValue;
using Xunit;

namespace WasiCloud.Embedding.Redis.Tests;

/// <summary>Guests of one host, and of two, that write to the same keys and directories.</summary>
public sealed class RedisContentionTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Appends_AreAllKept(int hosts)
    {
        const int Guests = 4, Appends = 100;
        var options = await SharedServer.CreateScopeAsync();
        var backends = Enumerable.Range(0, hosts).Select(_ => new RedisKeyValueBackend(options)).ToList();
        var mounts = backends.ConvertAll(backend => new KeyValueMount(backend));

        await Task.WhenAll(Enumerable.Range(0, Guests).Select(number => Task.Run(async () =>
        {
            var guest = await KeyValueGuest.AttachAsync(mounts[number % hosts]);
            for (var count = 0; count < Appends; count++)
            {
                var handle = await guest.OpenAsync("log", FileAccess.Write, create: true);
                await KeyValueGuest.AppendAsync(handle, $"{number}");
                (await KeyValueGuest.CloseAsync(handle)).Should().Be(Errno.Success);
            }
        })));

        var log = Encoding.UTF8.GetString((await backends[0].GetAsync("log", int.MaxValue, default))!.Value!.Value.Span);
        for (var number = 0; number < Guests; number++) log.Count(character => character == '0' + number).Should().Be(Appends);
        foreach (var backend in backends) await backend.DisposeAsync();
    }

    [Fact]
    public async Task Renames_OfADirectoryThatOthersWriteBelow_AreNeverBusy()
    {
        const int Rounds = 15;
        await using var backend = new RedisKeyValueBackend(await SharedServer.CreateScopeAsync());
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
        var renaming = await KeyValueGuest.AttachAsync(mount);
        await renaming.MakeDirectoryAsync("x");
        var errors = new List<Errno>();

        for (var round = 0; round < Rounds; round++)
        {
            errors.Add(await renaming.RenameAsync("x", "y"));
            errors.Add(await renaming.RenameAsync("y", "x"));
        }

        await done.CancelAsync();
        await Task.WhenAll(writers);
        errors.Should().OnlyContain(error => error == Errno.Success || error == Errno.NoEnt || error == Errno.NotEmpty);
    }
}
