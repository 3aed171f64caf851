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
        services.AddSingleton<TimeProvider>(_time);
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
        await using var reloader = await ScanAsync();
        foreach (var path in (string[])["/a", "/a/b/c"]) (await IsServedAsync(path)).Should().BeTrue(path);
        foreach (var path in (string[])["/.hidden", "/readme", "/", "/ab"]) (await IsServedAsync(path)).Should().BeFalse(path);
    }

    [Fact]
    public async Task Follow_ChangedFile_ReplacesTheModuleAndKeepsTheOldOneForRequestsInFlight()
    {
        Deploy("empty", "a");
        await using var reloader = await ScanAsync();
        var old = await _routes.TryAcquireAsync("/a");
        Deploy("trap", "a");
        (await LineAsync(2)).Should().Contain("changed and is served at /a; requests in flight finish on the old module");
        using var current = await _routes.TryAcquireAsync("/a");
        current!.Module.Should().NotBeSameAs(old!.Module);
        await using (var response = await _host.InvokeAsync(old.Module, new InvocationRequest())) (await response.Completion).ExitCode.Should().Be(0);
        await FluentActions.Awaiting(() => _host.InvokeAsync(current.Module, new InvocationRequest())).Should().ThrowAsync<GuestTrapException>();
        old.Dispose();
        await FluentActions.Awaiting(() => _host.InvokeAsync(old.Module, new InvocationRequest())).Should().ThrowAsync<ObjectDisposedException>();
    }

    // A deployment may keep times, and files may be as long as before.
    [Fact]
    public async Task Follow_SameTimesOtherContent_Reloads()
    {
        Deploy("empty", "a", DateTime.UnixEpoch);
        await using var reloader = await ScanAsync();
        Deploy("trap", "a", DateTime.UnixEpoch);
        (await LineAsync(2)).Should().Contain("changed");
    }

    [Fact]
    public async Task Follow_UnchangedFile_SaysNothing()
    {
        Deploy("empty", "a");
        await using var reloader = await ScanAsync();
        Deploy("empty", "a");
        await reloader.ScanAsync(default);
        Deploy("trap", "b");
        await reloader.ScanAsync(default);
        _log.Lines.Should().HaveCount(2).And.OnlyContain(line => line.Contains(" is served at "));
    }

    [Fact]
    public async Task Scan_FileGone_RemovesTheRoute()
    {
        Deploy("empty", "a");
        await using var reloader = await ScanAsync();
        File.Delete(PathOf("a"));
        await reloader.ScanAsync(default);
        (await IsServedAsync("/a")).Should().BeFalse();
        _log.Lines.Should().HaveCount(2).And.Subject.Last().Should().Be("a.wasm is gone; /a is served no more");
    }

    [Fact]
    public async Task Scan_SingleFileGone_KeepsTheModuleAndSaysNothing()
    {
        Deploy("empty", "a");
        await using var reloader = await ScanAsync(PathOf("a"));
        File.Delete(PathOf("a"));
        await reloader.ScanAsync(default);
        for (var look = 0; look < 20; look++) await MoveTimeAsync();
        (await IsServedAsync("/any/path")).Should().BeTrue();
        _log.Lines.Should().ContainSingle();
    }

    [Fact]
    public async Task Follow_FileStaysBroken_IsLoggedOnceAndKeepsTheOldModule()
    {
        Deploy("empty", "a");
        await using var reloader = await ScanAsync();
        await File.WriteAllTextAsync(PathOf("a"), "half");
        (await LineAsync(2)).Should().Contain("cannot be loaded; the old module stays at /a").And.NotContain("\n");
        (await IsServedAsync("/a")).Should().BeTrue();

        // Looked at again, unchanged, it is not reported again; repaired, it is served.
        for (var look = 0; look < 20; look++) await MoveTimeAsync();
        Deploy("trap", "a");
        (await LineAsync(3)).Should().Contain("changed and is served");
        _log.Lines.Should().HaveCount(3);
    }

    [Fact]
    public async Task Run_BrokenFileAppears_IsServedWhenItIsRepaired()
    {
        await using var reloader = await ScanAsync();
        using var stop = new CancellationTokenSource();
        var running = reloader.RunAsync(stop.Token);
        await File.WriteAllTextAsync(PathOf("a"), "half");
        reloader.Signal();
        (await LineAsync(1)).Should().Contain("cannot be loaded and is not served");
        (await IsServedAsync("/a")).Should().BeFalse();
        Deploy("empty", "a");
        (await LineAsync(2)).Should().Contain("is served at /a");
        (await IsServedAsync("/a")).Should().BeTrue();
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task Acquire_HostIsDisposed_IsNothing()
    {
        Deploy("empty", "a");
        await using var reloader = await ScanAsync();
        await _provider.DisposeAsync();
        (await IsServedAsync("/a")).Should().BeFalse();
    }

    private string PathOf(string name) => Path.Combine(_folder.FullName, name + ".wasm");

    private void Deploy(string guest, string name, DateTime? written = null)
    {
        var temporary = PathOf(".new");
        File.Copy(ToolProcess.Guest(guest), temporary, overwrite: true);
        if (written is { } time) File.SetLastWriteTimeUtc(temporary, time);
        File.Move(temporary, PathOf(name), overwrite: true);
    }

    private async Task<RouteReloader> ScanAsync(string? path = null)
    {
        var reloader = new RouteReloader(new ModuleSource(path ?? _folder.FullName), _routes, _host, _log);
        await reloader.ScanAsync(default).WaitAsync(Patience);
        return reloader;
    }

    private async Task<bool> IsServedAsync(string path)
    {
        using var lease = await _routes.TryAcquireAsync(path);
        return lease is not null;
    }

    // The delays begin at moments that the test does not see, so the clock goes on until it is logged.
    private async Task<string> LineAsync(int number)
    {
        var line = _log.NextAsync(after: number - 1);
        for (var waiting = Stopwatch.StartNew(); !line.IsCompleted; await MoveTimeAsync())
            waiting.Elapsed.Should().BeLessThan(Patience, "a line is to be logged");
        return await line;
    }

    private async Task MoveTimeAsync()
    {
        _time.Advance(TimeSpan.FromMilliseconds(500));
        for (var turn = 0; turn < 20; turn++) await Task.Yield();
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
