using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Modules;

public sealed class ModuleStoreTests : IAsyncTest
{
    private const int NotLoaded = 34;
    private const int NotReplaced = 35;

    private readonly FakeTimeProvider _time = new();
    private readonly MemoryRepository _repository = new();
    private readonly TestHost _host;
    private readonly GuestModuleStore _store;

    public ModuleStoreTests()
    {
        _host = new TestHost(
            options => options.MaxModuleBytes = 4096,
            builder => builder.AddModuleStore(_repository, store => (store.MaxModules, store.MaxModulesPerTenant, store.IdleTimeout) =
                (4, 3, TimeSpan.FromMinutes(5))),
            _time);
        _store = _host.Services.GetRequiredService<GuestModuleStore>();
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task TryAcquire_ManyAtOnce_LoadsOnce()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _repository.Instead = async (tenant, name, _) =>
        {
            await gate.Task;
            return MemoryRepository.Content(tenant, name, 7);
        };
        var running = Enumerable.Range(0, 50).Select(_ => RunAsync("a", "x")).ToArray();

        gate.SetResult();

        (await Task.WhenAll(running).WaitAsync(TestHost.Patience)).Should().AllBeEquivalentTo(7);
        (_repository.Opened, _store.Loads, _store.Count).Should().Be((1, 1, 1));
        _store.CodeBytes.Should().BePositive();
    }

    [Fact]
    public async Task TryAcquire_SameNameOfTwoTenants_IsTwoModules()
    {
        (_repository.Versions[("a", "x")], _repository.Versions[("b", "x")]) = (1, 2);

        ((await RunAsync("a", "x"), await RunAsync("b", "x")), _store.Count).Should().Be(((1, 2), 2));
    }

    [Theory]
    [InlineData("a", "none")]
    [InlineData("a", "")]
    [InlineData("a", "..")]
    [InlineData("a", ".hidden")]
    [InlineData("a", "../x")]
    [InlineData("a", "/x")]
    [InlineData("a", @"b\x")]
    [InlineData("a", "x\0")]
    [InlineData("a", "x\n")]
    [InlineData("a", "\u202e")]
    [InlineData("", "x")]
    [InlineData("a\0", "x")]
    public async Task TryAcquire_WhatIsNot_IsNull(string tenant, string name)
    {
        _repository.Versions[("a", "x")] = 1;

        (await _store.TryAcquireAsync(tenant, name)).Should().BeNull();

        _repository.Opened.Should().Be(name == "none" ? 1 : 0, "what cannot be is not asked for");
    }

    [Fact]
    public async Task TryAcquire_MoreThanThereIsRoomFor_UnloadsTheLeastRecentlyUsed()
    {
        for (var number = 0; number < 6; number++) _repository.Versions[($"t{number}", "x")] = number;
        for (var number = 0; number < 4; number++) await RunAsync($"t{number}", "x");
        await RunAsync("t0", "x");
        (await RunAsync("t4", "x")).Should().Be(4);

        (_store.Count, _store.Loads, _store.Unloads).Should().Be((4, 5, 1));
        await RunAsync("t0", "x");
        _store.Loads.Should().Be(5);
        await RunAsync("t1", "x");
        _store.Loads.Should().Be(6, "that was the one that nobody had used for longest");
    }

    [Fact]
    public async Task TryAcquire_TenantAboveItsShare_LosesItsOwn()
    {
        for (var number = 0; number < 6; number++) _repository.Versions[("a", $"m{number}")] = number;
        _repository.Versions[("b", "x")] = 9;
        await RunAsync("b", "x");

        for (var number = 0; number < 6; number++) await RunAsync("a", $"m{number}");

        (_store.Count, _store.Loads).Should().Be((4, 7));
        await RunAsync("b", "x");
        _store.Loads.Should().Be(7);
    }

    [Fact]
    public async Task TryAcquire_AllAreLeased_AreKeptUntilOneIsNot()
    {
        var leases = new List<GuestModuleLease>();
        for (var number = 0; number < 6; number++)
        {
            _repository.Versions[($"t{number}", "x")] = number;
            leases.Add((await _store.TryAcquireAsync($"t{number}", "x"))!);
        }

        _store.Count.Should().Be(6);
        foreach (var lease in leases) (await SourceRun.RunAsync(_host, lease.Module)).Should().BeInRange(0, 5);
        foreach (var lease in leases) lease.Dispose();

        await TestHost.UntilAsync(() => _store.Count == 4, () => _time.Advance(TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public async Task Sweep_NobodyUsedItForLong_IsUnloaded()
    {
        _repository.Versions[("a", "x")] = 1;
        await RunAsync("a", "x");

        await TestHost.UntilAsync(() => _store.Count == 0, () => _time.Advance(TimeSpan.FromMinutes(1)));
        await TestHost.UntilAsync(() => _store.CodeBytes == 0);
        (await RunAsync("a", "x")).Should().Be(1);
    }

    [Fact]
    public async Task TryAcquire_VersionChanged_ReplacesItAndFinishesTheOld()
    {
        _repository.Versions[("a", "x")] = 1;
        using var old = await _store.TryAcquireAsync("a", "x");
        var bytes = _store.CodeBytes;
        _repository.Versions[("a", "x")] = 2;
        (await RunAsync("a", "x")).Should().Be(1, "it is not looked for changes each time");

        _time.Advance(TimeSpan.FromSeconds(6));
        (await RunAsync("a", "x")).Should().BeInRange(1, 2);
        await TestHost.UntilAsync(() => _store.Loads == 2);

        (await RunAsync("a", "x")).Should().Be(2);
        (await SourceRun.RunAsync(_host, old!.Module)).Should().Be(1);
        (_store.Count, _store.CodeBytes).Should().Be((1, 2 * bytes), "the old one is still in use");
        old.Dispose();
        await TestHost.UntilAsync(() => _store.CodeBytes == bytes);
    }

    [Fact]
    public async Task Invalidate_NextOne_GetsTheNewVersion()
    {
        _repository.Versions[("a", "x")] = 1;
        await RunAsync("a", "x");
        _repository.Versions[("a", "x")] = 2;

        _store.Invalidate("a", "x");

        (await RunAsync("a", "x")).Should().Be(2);
        _repository.Versions.TryRemove(("a", "x"), out _);
        _store.Invalidate("a", "x");
        (await _store.TryAcquireAsync("a", "x")).Should().BeNull();
        _store.Count.Should().Be(0);
    }

    [Fact]
    public async Task TryAcquire_BadModule_IsToldToAllAndTriedAgainLater()
    {
        _repository.Instead = (_, _, _) => new ValueTask<GuestModuleContent?>(new GuestModuleContent(new MemoryStream("text"u8.ToArray())));

        for (var request = 0; request < 10; request++)
            await FluentActions.Awaiting(() => _store.TryAcquireAsync("a", "x").AsTask()).Should().ThrowAsync<InvalidGuestModuleException>();

        _repository.Opened.Should().Be(1);
        _host.Logs[NotLoaded].Should().ContainSingle();
        (_repository.Instead, _repository.Versions[("a", "x")]) = (null, 1);
        _time.Advance(TimeSpan.FromSeconds(6));
        (await RunAsync("a", "x")).Should().Be(1);
    }

    [Theory]
    [InlineData("bad")]
    [InlineData("throws")]
    [InlineData("endless")]
    [InlineData("truncated")]
    public async Task Invalidate_ReplacedByWhatCannotBeLoaded_TheOldServesAndItIsToldOnce(string how)
    {
        _repository.Versions[("a", "x")] = 1;
        await RunAsync("a", "x");
        _repository.Instead = (_, _, _) => how == "throws"
            ? throw new InvalidOperationException("no store")
            : new ValueTask<GuestModuleContent?>(new GuestModuleContent(how switch
            {
                "endless" => new InvocationHostLoadTests.Endless([.. TestHost.ReadGuest("empty")], piece: 1000, isEndless: true),
                "truncated" => new MemoryStream(ModuleFolder.Module(2)[..40]),
                _ => new MemoryStream("text"u8.ToArray()),
            }));

        for (var look = 0; look < 3; look++)
        {
            _store.Invalidate("a", "x");
            (await RunAsync("a", "x")).Should().Be(1);
        }

        (_repository.Opened, _host.Logs[NotReplaced].Count).Should().Be((4, 1));
    }

    [Fact]
    public async Task TryAcquire_RepositoryHangs_WhoeverIsCancelledLeavesAndOthersGetIt()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _repository.Instead = async (tenant, name, _) =>
        {
            await gate.Task;
            return MemoryRepository.Content(tenant, name, 3);
        };
        using var cancellation = new CancellationTokenSource();
        var leaving = _store.TryAcquireAsync("a", "x", cancellation.Token).AsTask();
        var staying = RunAsync("a", "x");

        await cancellation.CancelAsync();
        await FluentActions.Awaiting(() => leaving).Should().ThrowAsync<OperationCanceledException>();
        gate.SetResult();

        (await staying.WaitAsync(TestHost.Patience)).Should().Be(3);
        _repository.Opened.Should().Be(1);
    }

    [Fact]
    public async Task TryAcquire_RepositoryNeverAnswers_FailsAfterTheTimeout()
    {
        _repository.Instead = async (_, _, _) =>
        {
            await new TaskCompletionSource().Task;
            return null;
        };
        var acquiring = _store.TryAcquireAsync("a", "x").AsTask();

        await TestHost.UntilAsync(() => acquiring.IsCompleted, () => _time.Advance(TimeSpan.FromSeconds(10)));

        await FluentActions.Awaiting(() => acquiring).Should().ThrowAsync<IOException>().WithMessage("*00:02:00*");
    }

    // Room for 8 of 60, of which any may be replaced at any time.
    [Fact]
    public async Task TryAcquire_ManyModulesUnderLoad_LosesNoRequest()
    {
        const int Modules = 60;
        var repository = new MemoryRepository();
        for (var number = 0; number < Modules; number++) repository.Versions[("t", $"m{number}")] = number;
        await using var host = new TestHost(build: builder => builder.AddModuleStore(repository, store => store.MaxModules = 8));
        var store = host.Services.GetRequiredService<GuestModuleStore>();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(caller => Task.Run(async () =>
        {
            var random = new Random(caller);
            for (var request = 0; request < 40; request++)
            {
                var number = caller % 2 == 0 ? random.Next(Modules) : (int)(Modules * Math.Pow(random.NextDouble(), 3));
                if (request % 10 == 9)
                {
                    repository.Versions.AddOrUpdate(("t", $"m{number}"), 0, static (_, version) => (version + Modules) % 120);
                    store.Invalidate("t", $"m{number}");
                }

                using var lease = await store.TryAcquireAsync("t", $"m{number}");
                (await SourceRun.RunAsync(host, lease!.Module) % Modules).Should().Be(number);
                store.Count.Should().BeLessThanOrEqualTo(8 + 8);
            }
        }))).WaitAsync(TestHost.Patience);

        repository.MostAtOnce.Should().Be(1);
        await TestHost.UntilAsync(() => store.Count <= 8);
        store.Unloads.Should().BeGreaterThan(Modules);
    }

    private async Task<int> RunAsync(string tenant, string name)
    {
        using var lease = await _store.TryAcquireAsync(tenant, name).AsTask().WaitAsync(TestHost.Patience);
        return await SourceRun.RunAsync(_host, lease!.Module);
    }
}
