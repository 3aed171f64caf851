using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using WasiCloud.Embedding.Engine;
using WasiCloud.Embedding.Hosting.Modules;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Modules;

public sealed class GuestModuleSourceTests : IAsyncTest
{
    private const int NotReplaced = 27;

    private readonly ModuleFolder _folder = new();
    private readonly FakeTimeProvider _time = new();
    private readonly TestHost _host;

    public GuestModuleSourceTests() => _host = new TestHost(options => options.MaxModuleBytes = ModuleFolder.MaxModuleBytes, time: _time);

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Open_File_LoadsItOnceAndDoesNotFollowIt()
    {
        _folder.Write(1);
        await using var source = GuestModuleSource.File(_folder.Path);

        await _host.Host.OpenAsync(source);
        _folder.Write(2);
        for (var look = 0; look < 5; look++) await MoveTimeAsync();

        (await RunAsync(source)).Should().Be(1);
        (source.Name, source.Reloads, source.LastFailure).Should().Be(("guest.wasm", 0, null));
    }

    [Theory]
    [MemberData(nameof(FileFollowerTests.BadFiles), MemberType = typeof(FileFollowerTests))]
    public async Task Open_FileThatCannotBeLoaded_Throws(string bad, string message)
    {
        _folder.Spoil(bad);
        await using var source = GuestModuleSource.File(_folder.Path);

        (await FluentActions.Awaiting(() => _host.Host.OpenAsync(source).WaitAsync(TestHost.Patience)).Should().ThrowAsync<Exception>()).WithMessage(message);

        await source.Awaiting(it => it.AcquireAsync().AsTask()).Should().ThrowAsync<InvalidGuestModuleException>()
            .WithMessage("No module of 'guest.wasm' is loaded: " + message);
        source.LastFailure!.Message.Should().Match(message);
    }

    [Fact]
    public async Task Open_FollowedFileThatIsBadAtFirst_ServesWhenItIsGood()
    {
        _folder.Spoil("text");
        await using var source = GuestModuleSource.File(_folder.Path, reload: true);
        var opening = _host.Host.OpenAsync(source);
        await UntilAsync(() => opening.IsCompleted);
        await FluentActions.Awaiting(() => opening).Should().ThrowAsync<InvalidGuestModuleException>();
        _host.Logs[NotReplaced].Should().BeEmpty("there is no old module, and who opened it was told");

        _folder.Write(1);

        await UntilAsync(() => source.Module is not null);
        (await RunAsync(source)).Should().Be(1);
        source.Reloads.Should().Be(0);
    }

    [Fact]
    public async Task Lease_OfAModuleThatWasReplaced_CanBeInvokedUntilItEnds()
    {
        _folder.Write(1);
        await using var source = await OpenAsync();
        var lease = await source.AcquireAsync();
        var old = (CompiledModule)lease.Module;
        _folder.Write(2);
        await UntilAsync(() => source.Reloads == 1);

        (await RunAsync(old)).Should().Be(1);
        lease.Dispose();
        lease.Dispose();

        old.InstancePre.IsClosed.Should().BeTrue();
        await FluentActions.Awaiting(() => RunAsync(old)).Should().ThrowAsync<ObjectDisposedException>();
        (await RunAsync(source)).Should().Be(2);
    }

    [Fact]
    public async Task Changed_HandlerThatThrows_IsLoggedAndNothingElse()
    {
        _folder.Write(1);
        await using var source = await OpenAsync();
        source.Changed += (_, _) => throw new InvalidOperationException("mine");

        for (var version = 2; version <= 3; version++)
        {
            _folder.Write(version);
            var expected = version - 1;
            await UntilAsync(() => source.Reloads == expected);
        }

        // Told after it was counted.
        await UntilAsync(() => _host.Logs.Entries.Count(entry => entry.Exception?.Message == "mine") == 2);
    }

    [Fact]
    public async Task Dispose_Source_ClosesItsModuleAndRefuses()
    {
        _folder.Write(1);
        var source = await OpenAsync();
        var module = (CompiledModule)source.Module!;

        await source.DisposeAsync();
        await source.DisposeAsync();

        module.InstancePre.IsClosed.Should().BeTrue();
        source.Module.Should().BeNull();
        await source.Awaiting(it => it.AcquireAsync().AsTask()).Should().ThrowAsync<ObjectDisposedException>();
        await FluentActions.Awaiting(() => _host.Host.OpenAsync(source)).Should().ThrowAsync<ObjectDisposedException>();
    }

    [Fact]
    public async Task Dispose_Host_ClosesItsSources()
    {
        _folder.Write(1);
        var host = new TestHost();
        var source = GuestModuleSource.File(_folder.Path, reload: true);
        await host.Host.OpenAsync(source);
        var module = (CompiledModule)source.Module!;

        await host.DisposeAsync();

        module.InstancePre.IsClosed.Should().BeTrue();
        await source.Awaiting(it => it.AcquireAsync().AsTask()).Should().ThrowAsync<ObjectDisposedException>();
    }

    [Fact]
    public async Task Of_Module_GivesItOutAndLeavesItToItsOwner()
    {
        var module = await _host.LoadTextAsync(ModuleFolder.Text(7));
        await using var source = GuestModuleSource.Of(module);
        await _host.Host.OpenAsync(source);

        (await RunAsync(source)).Should().Be(7);
        await source.DisposeAsync();

        (await RunAsync(module)).Should().Be(7);
    }

    [Fact]
    public async Task Bytes_AreLoadedWhenTheSourceIsOpened()
    {
        await using var source = GuestModuleSource.Bytes(ModuleFolder.Module(8), "eight");
        source.Module.Should().BeNull();

        await _host.Host.OpenAsync(source);

        (await RunAsync(source)).Should().Be(8);
        source.Module!.Name.Should().Be("eight");
    }

    [Fact]
    public async Task Acquire_SourceThatNobodyOpened_SaysWhatToDo()
    {
        await using var source = GuestModuleSource.File(_folder.Path);

        await source.Awaiting(it => it.AcquireAsync().AsTask()).Should().ThrowAsync<InvalidOperationException>().WithMessage("*'guest.wasm'*OpenAsync*");
    }

    [Fact]
    public async Task Open_Twice_IsOneSource()
    {
        _folder.Write(1);
        await using var source = await OpenAsync();
        var module = source.Module;

        await _host.Host.OpenAsync(source);

        source.Module.Should().BeSameAs(module);
        await using var other = new TestHost();
        await other.Host.Awaiting(it => it.OpenAsync(source)).Should().ThrowAsync<InvalidOperationException>().WithMessage("*another host*");
        await _host.Host.Awaiting(it => it.OpenAsync(source, GuestModuleKind.Reactor)).Should().ThrowAsync<InvalidOperationException>()
            .WithMessage("*Command*");
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("a\nb.wasm")]
    public void File_NameThatIsNone_IsRefused(string path) => FluentActions.Invoking(() => GuestModuleSource.File(path)).Should().Throw<ArgumentException>();

    [Fact]
    public void Resource_ThatIsNotThere_IsRefused() =>
        FluentActions.Invoking(() => GuestModuleSource.Resource(GetType().Assembly, "nothing")).Should().Throw<ArgumentException>()
            .WithMessage("*no resource 'nothing'*");

    private async Task<GuestModuleSource> OpenAsync()
    {
        var source = GuestModuleSource.File(_folder.Path, reload: true);
        await _host.Host.OpenAsync(source);
        return source;
    }

    private Task<int> RunAsync(GuestModuleSource source) => SourceRun.RunAsync(_host, source);

    private Task<int> RunAsync(GuestModule module) => SourceRun.RunAsync(_host, module);

    // One interval, and what follows from it as far as nothing has to be waited for.
    private async Task MoveTimeAsync()
    {
        _time.Advance(FileFollower.PollInterval);
        for (var turn = 0; turn < 100; turn++) await Task.Yield();
    }

    private Task UntilAsync(Func<bool> condition) => TestHost.UntilAsync(condition, () => _time.Advance(FileFollower.SettleTime));
}
