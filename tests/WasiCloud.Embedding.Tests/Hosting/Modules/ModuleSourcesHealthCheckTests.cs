using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using WasiCloud.Embedding.Hosting.Modules;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Modules;

public sealed class ModuleSourcesHealthCheckTests : IAsyncTest
{
    private readonly ModuleFolder _folder = new();
    private readonly FakeTimeProvider _time = new();
    private readonly TestHost _host;

    public ModuleSourcesHealthCheckTests() => _host = new TestHost(
        options => options.MaxModuleBytes = ModuleFolder.MaxModuleBytes,
        builder => builder.Services.AddSingleton(typeof(ILogger<>), typeof(Logger<>))
            .AddHealthChecks().AddWasiCloudModules().AddWasiCloud().AddWasiCloudModules().AddWasiCloud(),
        _time);

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Check_WhileTheNewestFileCannotBeLoaded_IsDegradedAndSaysWhy()
    {
        _folder.Write(1);
        await using var source = GuestModuleSource.File(_folder.Path, reload: true);
        (await CheckAsync()).Status.Should().Be(HealthStatus.Healthy, "nobody has opened it");
        await _host.Host.OpenAsync(source);
        (await CheckAsync()).Status.Should().Be(HealthStatus.Healthy);

        _folder.Spoil("text");
        await UntilAsync(() => source.LastFailure is not null);

        var bad = await CheckAsync();
        bad.Status.Should().Be(HealthStatus.Degraded);
        bad.Description.Should().Contain(_folder.Path);
        bad.Data.Should().ContainSingle().Which.Should().Be(KeyValuePair.Create<string, object>(_folder.Path, source.LastFailure!.Message));

        _folder.Write(2);
        await UntilAsync(() => source.LastFailure is null);

        (await CheckAsync()).Should().BeEquivalentTo(new { Status = HealthStatus.Healthy, Description = (string?)null });
    }

    [Fact]
    public async Task Check_OfASourceThatHasNoModule_IsUnhealthyUntilItIsDisposed()
    {
        _folder.Spoil("text");
        var source = GuestModuleSource.File(_folder.Path, reload: true);
        var opening = _host.Host.OpenAsync(source);
        await UntilAsync(() => opening.IsCompleted);
        await opening.Awaiting(it => it).Should().ThrowAsync<InvalidGuestModuleException>();

        (await CheckAsync()).Status.Should().Be(HealthStatus.Unhealthy);

        await source.DisposeAsync();
        (await CheckAsync()).Status.Should().Be(HealthStatus.Healthy);
    }

    private async Task<HealthReportEntry> CheckAsync()
    {
        var report = await _host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(check => check.Name == "wasicloud-modules");
        return report.Entries["wasicloud-modules"];
    }

    private Task UntilAsync(Func<bool> condition) => TestHost.UntilAsync(condition, () => _time.Advance(FileFollower.SettleTime));
}
