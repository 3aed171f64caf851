using System.IO.Pipelines;
using System.Reflection;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Hostile.Tests.Mounts.Members;

/// <summary>A mount of which one member is slow, late or lies: for every member that an application can write, on real guests.</summary>
public sealed class MountMemberTests : IAsyncTest
{
    private const int HostCallFailed = 3;

    // Of the path, what a message says of it, and the rest of the sentence.
    private const int MaxMessageLength = 2000;

    // Once for each host, when it is made; of parts for tenants, PartMemberTests tells.
    private const string AskedOfHosts = $"get_{nameof(IVirtualMount.BelongsToInvocation)}";

    private static readonly TimeSpan s_timeout = TimeSpan.FromMilliseconds(50);

    private readonly ScriptedMount _mount = new();
    private readonly TestHost _host;

    public MountMemberTests() => _host = new TestHost(
        options => (options.MaxConcurrentInvocations, options.MaxConcurrentInvocationsPerModule) = (2, 2),
        builder => builder.AddMount("/m", FileAccess.ReadWrite, _ => _mount).AddMount("/r", FileAccess.Read, _ => _mount));

    public static TheoryData<int> Members => [.. Enumerable.Range(0, Member.All.Count)];

    public static TheoryData<int> MembersThatMayWait => [.. Enumerable.Range(0, Member.All.Count).Where(index => Member.All[index].MayWait)];

    // Full of its own bytes, it says one byte, waits until its input ends, and exits with 1 if a byte has changed.
    private static string Watcher => """
        (module
          (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (memory (export "memory") 1)
          (data (i32.const 8) "\64\00\00\00\01\00\00\00")
          (func (export "_start") (local $at i32)
            (memory.fill (i32.const 4096) (i32.const 66) (i32.const 61440))
            (drop (call $write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 4)))
            (drop (call $read (i32.const 0) (i32.const 8) (i32.const 1) (i32.const 4)))
            (local.set $at (i32.const 4096))
            (loop $next
              (if (i32.ne (i32.load8_u (local.get $at)) (i32.const 66)) (then (call $exit (i32.const 1))))
              (local.set $at (i32.add (local.get $at) (i32.const 1)))
              (br_if $next (i32.lt_u (local.get $at) (i32.const 65536))))))
        """;

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    /// <summary>A member that is added is to be tried here too.</summary>
    [Fact]
    public void Members_OfThePublicContract_AreAllCovered()
    {
        var types = typeof(FileHandle).Assembly.GetExportedTypes()
            .Where(type => type.Namespace == typeof(FileHandle).Namespace && (type.IsInterface || (type.IsAbstract && !type.IsSealed)))
            .Where(type => type != typeof(IWorkSource) && type != typeof(IPartitionedMount)).ToList();
        var members =
            from type in types
            from method in type.GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
            where method is { IsVirtual: true, IsFinal: false } && (method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly)
                && method.GetBaseDefinition().DeclaringType == type && method.Name != AskedOfHosts
            select $"{type.Name}.{(method.IsSpecialName ? method.Name[4..] : method.Name)}";

        types.Should().Contain(typeof(VirtualDirectory));
        members.Should().BeEquivalentTo(Member.All.Select(member => member.Name).Distinct(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Members))]
    public async Task Member_ThatLies_IsAnErrnoAndAnEntryAndNothingElse(int index)
    {
        var member = Member.All[index];
        var (neighbour, input) = await StartWatcherAsync();
        var guest = await LoadAsync(member);
        var manners = member.MayWait ? new[] { Manner.AtOnce, Manner.Later } : [Manner.AtOnce];
        foreach (var lie in member.Lies.Concat(Lie.Exceptions))
        {
            foreach (var manner in manners)
            {
                var entries = _host.Logs[HostCallFailed].Count;
                _mount.Begin(new MemberScript(member.Name, manner, lie.Answer));

                (await RunAsync(guest)).Should().Be((int)lie.Expected, $"{member} answers {lie.Name} {manner}");

                _mount.OpenHandles.Should().Be(0, $"{member} answers {lie.Name} {manner}");
                var told = _host.Logs[HostCallFailed].Skip(entries).ToList();
                told.Should().HaveCount(lie.Entries, $"{member} answers {lie.Name} {manner}");
                foreach (var entry in told) (entry.Message.Length < MaxMessageLength && !entry.Message.Any(IsHarmful)).Should().BeTrue(entry.Message);
            }

            _mount.Begin(MemberScript.Honest);
            (await RunAsync(guest)).Should().Be(0, $"all is well after {member} answered {lie.Name}");
        }

        await input.Writer.CompleteAsync();
        (await neighbour).Should().Be(0, "the neighbour's memory is as it was");
    }

    [Theory]
    [MemberData(nameof(MembersThatMayWait))]
    public async Task Member_ThatIsSlow_IsCutShortByTheDeadlineOfItsGuest(int index)
    {
        var member = Member.All[index];
        var (neighbour, input) = await StartWatcherAsync();
        var guest = await LoadAsync(member);
        _mount.Begin(new MemberScript(member.Name, Manner.Slowly));

        // Where much else runs, the guest may not have come to its call in time.
        for (var timeout = s_timeout; !_mount.Entered.IsCompleted; timeout *= 2)
        {
            var running = _host.RunAsync(guest, new InvocationRequest { Timeout = timeout });
            (await running.Awaiting(it => it).Should().ThrowAsync<GuestLimitException>()).Which.Limit.Should().Be(GuestLimit.Time);
        }

        _mount.Begin(MemberScript.Honest);
        (await RunAsync(guest)).Should().Be(0);
        await input.Writer.CompleteAsync();
        (await neighbour).Should().Be(0, "the neighbour's memory is as it was");
    }

    /// <summary>A listing that never ends and never waits, in which the guest looks for a far position.</summary>
    [Fact]
    public async Task Listing_WithoutAnEnd_IsCutShortByTheDeadlineOfItsGuest()
    {
        var call = "(call $readdir (call $directory) (i32.const 8000) (i32.const 512) (i64.const 1099511627776) (i32.const 13500))";
        var guest = await _host.LoadTextAsync(MemberGuest.Text(call, []));
        _mount.Begin(new MemberScript("VirtualDirectory.EnumerateAsync", Manner.AtOnce, Listings.EndlessAsync));

        for (var timeout = s_timeout; !_mount.Entered.IsCompleted; timeout *= 2)
        {
            var running = _host.RunAsync(guest, new InvocationRequest { Timeout = timeout });
            (await running.Awaiting(it => it).Should().ThrowAsync<GuestLimitException>()).Which.Limit.Should().Be(GuestLimit.Time);
        }
    }

    [Theory]
    [MemberData(nameof(MembersThatMayWait))]
    public async Task Member_ThatGoesOnWhenItsGuestHasGone_TouchesNoOtherGuest(int index)
    {
        var member = Member.All[index];
        var guest = await LoadAsync(member);
        _mount.Begin(new MemberScript(member.Name, Manner.TooLate));
        using (var end = new CancellationTokenSource())
        {
            var running = _host.RunAsync(guest, cancellationToken: end.Token);
            await _mount.Entered.WaitAsync(TestHost.Patience);
            await end.CancelAsync();
            await running.Awaiting(it => it).Should().ThrowAsync<OperationCanceledException>();
        }

        // One of the two has the place in the pool that the first had.
        var (one, oneInput) = await StartWatcherAsync();
        var (two, twoInput) = await StartWatcherAsync();
        await _mount.GoOnAsync().WaitAsync(TestHost.Patience);
        await oneInput.Writer.CompleteAsync();
        await twoInput.Writer.CompleteAsync();

        (await one).Should().Be(0);
        (await two).Should().Be(0);
    }

    [Fact]
    public async Task Close_OfAKilledGuestThatIsSlow_HasItsTimeAndNoMore()
    {
        var time = new FakeTimeProvider();
        await using var host = new TestHost(
            options => options.MaxConcurrentInvocations = 1, builder => builder.AddMount("/m", FileAccess.ReadWrite, _ => _mount), time);
        var guest = await host.LoadTextAsync("""
            (module
              (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
              (memory (export "memory") 1)
              (data (i32.const 8) "m/f")
              (func (export "_start")
                (if (call $open (i32.const 3) (i32.const 0) (i32.const 8) (i32.const 3) (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 0))
                  (then (return)))
                unreachable))
            """);
        _mount.Begin(new MemberScript("FileHandle.CloseAsync", Manner.Slowly));

        var running = host.RunAsync(guest);
        await _mount.Entered.WaitAsync(TestHost.Patience);
        running.IsCompleted.Should().BeFalse("what the guest had open is being released");
        time.Advance(TimeSpan.FromSeconds(5));

        await running.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<GuestTrapException>();
        _mount.Begin(MemberScript.Honest);
        await host.RunAsync(await host.LoadTextAsync("(module (memory (export \"memory\") 1) (func (export \"_start\")))"));
    }

    private static bool IsHarmful(char character) => char.IsControl(character) || character == '\u202e';

    private static async Task<int> ExitCodeAsync(Task<InvocationCompletion> running)
    {
        try
        {
            return (await running).ExitCode;
        }
        catch (GuestExitException exception)
        {
            return exception.ExitCode;
        }
    }

    private Task<GuestModule> LoadAsync(Member member) => _host.LoadTextAsync(MemberGuest.Text(member.Call, member.Written));

    private Task<int> RunAsync(GuestModule guest) => ExitCodeAsync(_host.RunAsync(guest));

    private async Task<(Task<int> ExitCode, Pipe Input)> StartWatcherAsync()
    {
        var (input, output) = (new Pipe(), new Pipe());
        var module = await _host.LoadTextAsync(Watcher);
        var running = ExitCodeAsync(_host.RunAsync(module, new InvocationRequest { StandardInput = input.Reader, StandardOutput = output.Writer }));
        (await output.Reader.ReadAsync().AsTask().WaitAsync(TestHost.Patience)).Buffer.Length.Should().Be(1, "it lives");
        return (running, input);
    }
}
