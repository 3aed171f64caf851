using System.Diagnostics;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using WasiCloud.Embedding;
using WasiCloud.Tool.Serving;
using Xunit;

namespace WasiCloud.Tool.Tests.Serving;

public sealed class RouteReloaderTests : IAsyncTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("wasicloud-serve-");
    private readonly ServiceProvider _provider;
    private readonly IInvocationHost _host;
    private readonly RouteTable _routes = new();
    private readonly LineLog _log = new();
    private readonly FakeTimeProvider _time = new();

    public RouteReloaderTests()
    {
        var services = new ServiceCollection();
        services.AddWasiCloud(options => (options.MaxConcurrentInvocations, options.ModuleCacheFolder, options.Execution) = (2, null, TestExecution.Value));
        _provider = services.BuildServiceProvider();
        _host = _provider.GetRequiredService<IInvocationHost>();
    }

    public async ValueTask DisposeAsync()
    {
        await _provider.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Scan_Folder_ServesModulesByName()
    {
        Deploy("empty", "a");
        Deploy("empty", ".hidden");
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "readme.txt"), "x");
        await Reloader().ScanAsync(isLastTry: true, default);
        _routes.TryAcquire("/a", out _).Should().BeTrue();
        _routes.TryAcquire("/a/b/c", out _).Should().BeTrue();
        _routes.TryAcquire("/.hidden", out _).Should().BeFalse();
        _routes.TryAcquire("/readme", out _).Should().BeFalse();
        _routes.TryAcquire("/", out _).Should().BeFalse();
        _routes.TryAcquire("/ab", out _).Should().BeFalse();
    }

    [Fact]
    public async Task Scan_ChangedFile_ReplacesTheModuleAndKeepsTheOldOneForRequestsInFlight()
    {
        var reloader = Reloader();
        Deploy("empty", "a");
        await reloader.ScanAsync(isLastTry: true, default);
        _routes.TryAcquire("/a", out var old).Should().BeTrue();
        Deploy("trap", "a");
        await reloader.ScanAsync(isLastTry: true, default);
        _routes.TryAcquire("/a", out var current).Should().BeTrue();
        current.Should().NotBeSameAs(old);
        await using (var response = await _host.InvokeAsync(old.Module, new InvocationRequest())) (await response.Completion).ExitCode.Should().Be(0);
        await FluentActions.Awaiting(() => _host.InvokeAsync(current.Module, new InvocationRequest())).Should().ThrowAsync<GuestTrapException>();
        old.Release();
        old.TryAcquire().Should().BeFalse();
        await FluentActions.Awaiting(() => _host.InvokeAsync(old.Module, new InvocationRequest())).Should().ThrowAsync<ObjectDisposedException>();
    }

    // A deployment may keep times, and files may be as long as before.
    [Fact]
    public async Task Scan_SameTimesOtherContent_Reloads()
    {
        var reloader = Reloader();
        Deploy("empty", "a");
        File.SetLastWriteTimeUtc(PathOf("a"), DateTime.UnixEpoch);
        await reloader.ScanAsync(isLastTry: true, default);
        Deploy("trap", "a");
        File.SetLastWriteTimeUtc(PathOf("a"), DateTime.UnixEpoch);
        await reloader.ScanAsync(isLastTry: true, default);
        _log.Lines.Should().HaveCount(2).And.Subject.Last().Should().Contain("changed");
    }

    [Fact]
    public async Task Scan_UnchangedFile_DoesNothing()
    {
        var reloader = Reloader();
        Deploy("empty", "a");
        await reloader.ScanAsync(isLastTry: true, default);
        Deploy("empty", "a");
        await reloader.ScanAsync(isLastTry: true, default);
        _log.Lines.Should().ContainSingle();
    }

    [Fact]
    public async Task Scan_FileGone_RemovesTheRoute()
    {
        var reloader = Reloader();
        Deploy("empty", "a");
        await reloader.ScanAsync(isLastTry: true, default);
        File.Delete(PathOf("a"));
        await reloader.ScanAsync(isLastTry: true, default);
        _routes.TryAcquire("/a", out _).Should().BeFalse();
    }

    [Fact]
    public async Task Scan_SingleFileGone_KeepsTheModule()
    {
        Deploy("empty", "a");
        var reloader = Reloader(PathOf("a"));
        await reloader.ScanAsync(isLastTry: true, default);
        File.Delete(PathOf("a"));
        await reloader.ScanAsync(isLastTry: true, default);
        _routes.TryAcquire("/any/path", out _).Should().BeTrue();
    }

    [Fact]
    public async Task Run_FileStaysBroken_IsTriedTwiceLoggedOnceAndKeepsTheOldModule()
    {
        var reloader = Reloader();
        Deploy("empty", "a");
        await reloader.ScanAsync(isLastTry: true, default);
        await File.WriteAllTextAsync(PathOf("a"), "half");
        using var stop = new CancellationTokenSource();
        var running = reloader.RunAsync(stop.Token);
        reloader.Signal();
        var line = await AdvanceUntilAsync(_log.NextAsync(after: 1));
        line.Should().Contain("cannot be loaded; the old module stays at /a").And.NotContain("\n");
        _routes.TryAcquire("/a", out _).Should().BeTrue();

        // Looked at again, unchanged, it is not reported again; repaired, it is served.
        Deploy("trap", "a");
        reloader.Signal();
        (await _log.NextAsync(after: 2).WaitAsync(Patience)).Should().Contain("changed and is served");
        _log.Lines.Should().HaveCount(3);
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task Scan_HalfWrittenFile_IsNotReportedBeforeTheLastTry()
    {
        var reloader = Reloader();
        await File.WriteAllTextAsync(PathOf("a"), "half");
        (await reloader.ScanAsync(isLastTry: false, default)).Should().BeFalse();
        _log.Lines.Should().BeEmpty();
        Deploy("empty", "a");
        (await reloader.ScanAsync(isLastTry: true, default)).Should().BeTrue();
        _log.Lines.Should().ContainSingle().Which.Should().Contain("is served at /a");
    }

    private string PathOf(string name) => Path.Combine(_folder.FullName, name + ".wasm");

    private void Deploy(string guest, string name)
    {
        var temporary = PathOf(".new");
        File.Copy(ToolProcess.Guest(guest), temporary, overwrite: true);
        File.Move(temporary, PathOf(name), overwrite: true);
    }

    private RouteReloader Reloader(string? path = null) =>
        new(new ModuleSource(path ?? _folder.FullName), _routes, (wasm, name, token) => _host.LoadAsync(wasm, name, token), _log, _time);

    // The delay begins at a moment the test does not see, so the clock goes on until it is over.
    private async Task<string> AdvanceUntilAsync(Task<string> line)
    {
        for (var waiting = Stopwatch.StartNew(); !line.IsCompleted;)
        {
            waiting.Elapsed.Should().BeLessThan(Patience, "a line is to be logged");
            _time.Advance(RouteReloader.RetryDelay);
            await Task.Yield();
        }

        return await line;
    }

    private sealed class LineLog : ILogger
    {
        private readonly Lock _lock = new();
        private readonly List<string> _lines = [];
        private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public IReadOnlyList<string> Lines
        {
            get
            {
                lock (_lock) return [.. _lines];
            }
        }

        public async Task<string> NextAsync(int after)
        {
            while (true)
            {
                Task changed;
                lock (_lock)
                {
                    if (_lines.Count > after) return _lines[after];
                    changed = _changed.Task;
                }

                await changed;
            }
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_lock)
            {
                _lines.Add(formatter(state, exception));
                _changed.SetResult();
                _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }
}
