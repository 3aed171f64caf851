using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting;

/// <summary>The promise: whatever one guest does, 100 others proceed untouched.</summary>
public sealed class HostileGuestTests
{
    private const int Others = 100;

    public static TheoryData<string, Type> Hostilities => new()
    {
        { "loop", typeof(GuestLimitException) },
        { "stackoverflow", typeof(GuestTrapException) },
        { "stackoverflow-hostcall", typeof(GuestTrapException) },
        { "stackoverflow-memory", typeof(GuestTrapException) },
        { "allocate", typeof(GuestLimitException) },
        { "allocate-ignore", typeof(GuestLimitException) },
        { "flood", typeof(GuestLimitException) },
        { "abort", typeof(GuestTrapException) },
    };

    [Theory]
    [MemberData(nameof(Hostilities))]
    public async Task HostileGuest_Beside100Others_EndsAloneWithTheRightException(string fault, Type exception)
    {
        using var gate = new Gate();
        await using var host = new TestHost(
            options => (options.MaxConcurrentInvocations, options.MaxMemoryBytes, options.MaxResponseBytes) = (Others + 8, 32 << 20, 1 << 20),
            builder => builder.AddMount("/test", FileAccess.Read, _ => gate.Mount));
        var hostile = await host.LoadGuestAsync("fault");
        var waiting = await host.LoadTextAsync(GuestText.ReadGate);
        var working = await host.LoadGuestAsync("write_body");

        // Half of the others wait in a host call while it happens, half come and go.
        var parked = Enumerable.Range(0, Others / 2).Select(_ => host.RunAsync(waiting)).ToArray();
        await gate.ArrivedAsync(parked.Length);

        // Only guests that would never end are to reach the time limit, however slow the machine is.
        var timeout = exception == typeof(GuestLimitException) ? TimeSpan.FromMilliseconds(300) : TestHost.Patience;
        var attack = host.RunAsync(hostile, new InvocationRequest { Arguments = [fault], Timeout = timeout });
        var worked = await Task.WhenAll(Enumerable.Range(0, Others / 2).Select(_ => host.RunAsync(working)));

        (await attack.Awaiting(it => it).Should().ThrowAsync<Exception>()).Which.Should().BeOfType(exception);
        worked.Should().OnlyContain(completion => completion.ExitCode == 0 && completion.ResponseBytes > 0);
        parked.Should().OnlyContain(run => !run.IsCompleted);
        gate.Open();
        (await Task.WhenAll(parked)).Should().OnlyContain(completion => completion.ExitCode == 0);
    }
}
