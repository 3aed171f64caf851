using System.Net.WebSockets;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using WasiCloud.Embedding.KeyValue.Files;
using WasiCloud.Embedding.KeyValue.Memory;
using WasiCloud.Embedding.Mounts.Memory;
using WasiCloud.Embedding.Sqlite;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting;

public sealed class OptionsTests
{
    public static TheoryData<string, Action<WasiCloudOptions>> Invalid => new()
    {
        { nameof(WasiCloudOptions.ExecutionTimeout), options => options.ExecutionTimeout = TimeSpan.Zero },
        { nameof(WasiCloudOptions.ExecutionTimeout), options => options.ExecutionTimeout = TimeSpan.FromDays(25) },
        { nameof(WasiCloudOptions.MaxMemoryBytes), options => options.MaxMemoryBytes = (64 << 10) - 1 },
        { nameof(WasiCloudOptions.MaxCpuTime), options => options.MaxCpuTime = TimeSpan.Zero },
        { nameof(WasiCloudOptions.MaxComputingGuests), options => options.MaxComputingGuests = 0 },
        { nameof(WasiCloudOptions.MaxComputingGuests), options => options.MaxComputingGuests = 1_025 },
        { nameof(WasiCloudOptions.MaxConcurrentInvocationsPerModule), options => options.MaxConcurrentInvocationsPerModule = 0 },
        { nameof(WasiCloudOptions.MaxMemoryBytes), options => options.MaxMemoryBytes = (4L << 30) + 1 },
        { nameof(WasiCloudOptions.MaxTableElements), options => options.MaxTableElements = 0 },
        { nameof(WasiCloudOptions.MaxStackBytes), options => options.MaxStackBytes = 0 },
        { nameof(WasiCloudOptions.MaxStackBytes), options => options.MaxStackBytes = int.MaxValue },
        { nameof(WasiCloudOptions.MaxDescriptors), options => options.MaxDescriptors = 3 },
        { nameof(WasiCloudOptions.MaxResponseBytes), options => options.MaxResponseBytes = -1 },
        { nameof(WasiCloudOptions.MaxResponseHeadBytes), options => options.MaxResponseHeadBytes = 255 },
        { nameof(WasiCloudOptions.MaxJsonBodyBytes), options => options.MaxJsonBodyBytes = -1 },
        { nameof(WasiCloudOptions.ResponseBufferBytes), options => options.ResponseBufferBytes = 0 },
        { nameof(WasiCloudOptions.MaxResponseBufferBytes), options => options.MaxResponseBufferBytes = -1 },
        { nameof(WasiCloudOptions.MaxTemporaryBytes), options => options.MaxTemporaryBytes = -1 },
        { nameof(WasiCloudOptions.MaxTemporaryNodes), options => options.MaxTemporaryNodes = -1 },
        { nameof(WasiCloudOptions.MaxLogBytes), options => options.MaxLogBytes = -1 },
        { nameof(WasiCloudOptions.MaxLogLines), options => options.MaxLogLines = -1 },
        { nameof(WasiCloudOptions.MaxLogBytesPerSecond), options => options.MaxLogBytesPerSecond = -1 },
        { nameof(WasiCloudOptions.MaxLogLinesPerSecond), options => options.MaxLogLinesPerSecond = -1 },
        { nameof(WasiCloudOptions.MaxAuditEntriesPerSecond), options => options.MaxAuditEntriesPerSecond = -1 },
        { nameof(WasiCloudOptions.MaxCompilationBytes), options => options.MaxCompilationBytes = (1 << 20) - 1 },
        { nameof(WasiCloudOptions.MaxConcurrentCompilations), options => options.MaxConcurrentCompilations = 0 },
        { nameof(WasiCloudOptions.MaxConcurrentCompilations), options => options.MaxConcurrentCompilations = 65 },
        { nameof(WasiCloudOptions.MaxCompilationTime), options => options.MaxCompilationTime = TimeSpan.Zero },
        { nameof(WasiCloudOptions.ModuleCompilation), options => options.ModuleCompilation = (ModuleCompilation)2 },
        { nameof(WasiCloudOptions.CompilerCommand), options => options.CompilerCommand.Add("") },
        { nameof(WasiCloudOptions.CompilerCommand), options => options.CompilerCommand.Add("a\0b") },
        { nameof(WasiCloudOptions.MaxModuleBytes), options => options.MaxModuleBytes = 7 },
        { nameof(WasiCloudOptions.MaxConcurrentInvocations), options => options.MaxConcurrentInvocations = 10_001 },
        { nameof(WasiCloudOptions.MaxQueuedInvocations), options => options.MaxQueuedInvocations = -1 },
        { nameof(WasiCloudOptions.MaxQueuedInvocations), options => options.MaxQueuedInvocations = 1_000_001 },
        { nameof(WasiCloudOptions.QueueTimeout), options => options.QueueTimeout = TimeSpan.FromTicks(-1) },
        { nameof(WasiCloudOptions.ModuleCacheFolder), options => options.ModuleCacheFolder = string.Empty },
        { nameof(WasiCloudOptions.Environment), options => options.Environment["A=B"] = "C" },
        { nameof(WasiCloudOptions.Environment), options => options.Environment["A"] = "B\0C" },
    };

    [Theory]
    [MemberData(nameof(Invalid))]
    public async Task Option_OutOfItsRange_FailsAtStartUpAndAtFirstUseNamingIt(string option, Action<WasiCloudOptions> configure)
    {
        var services = new ServiceCollection();
        services.AddWasiCloud(configure);
        await using var provider = services.BuildServiceProvider();

        provider.GetRequiredService<IStartupValidator>().Invoking(it => it.Validate()).Should().Throw<OptionsValidationException>().WithMessage($"*{option}*");
        provider.Invoking(it => it.GetRequiredService<IInvocationHost>()).Should().Throw<OptionsValidationException>().WithMessage($"*{option}*");
    }

    [Fact]
    public async Task Options_GivenToAMethod_AreRefusedNamingItsParameter()
    {
        await using var host = new TestHost(build: builder => builder.AddConnectionFiles());
        var module = await host.LoadGuestAsync("empty");
        var builder = new ServiceCollection().AddWasiCloud();
        var cases = new (string Option, string Parameter, Func<object?> Use)[]
        {
            ("GuestModuleOptions.MaxStackBytes", "options", () => host.Host.LoadAsync(TestHost.ReadGuest("empty"), "name", new() { MaxStackBytes = 1 })),
            ("GuestRunOptions.MaxStandardOutputBytes", "options", () => host.Host.RunAsync(module, options: new() { MaxStandardOutputBytes = -1 })),
            ("GuestRunOptions.MaxStandardErrorBytes", "options", () => host.Host.RunAsync(module, options: new() { MaxStandardErrorBytes = 1 << 30 })),
            ("GuestDaemonOptions.MaxRestarts", "options", () => host.Host.StartDaemon(module, "name", new() { MaxRestarts = -1 })),
            ("GuestDaemonOptions.MaxRestarts", "configure", () => builder.AddDaemon("name", (_, _) => new(module), options => options.MaxRestarts = -1)),
            ("GuestConnectionOptions.SendTimeout", "connection", () => host.Host.ServeConnectionAsync(
                module, new(() => Task.FromResult<WebSocket>(null!)) { Options = new() { SendTimeout = TimeSpan.Zero } })),
            ("GuestConnectionOptions.SendTimeout", "limits", () =>
            {
                new GuestConnectionOptions { SendTimeout = TimeSpan.Zero }.Validate("limits");
                return null;
            }),
            ("HostDirectoryOptions.MaxBytes", "options", () => builder.AddHostDirectory("/folder", "/tmp", options: new() { MaxBytes = -1 })),
            ("KeyValueMountOptions.MaxLocks", "options", () => new KeyValueMount(new MemoryKeyValueBackend(), new() { MaxLocks = -1 })),
            ("KeyValueMountOptions.Prefix", "options", () => new KeyValueMount(new MemoryKeyValueBackend(), new() { Prefix = "tenant1" })),
            ("MemoryMountOptions.MaxNodes", "options", () => new MemoryMount(new() { MaxNodes = -1 })),
            ("SqliteKeyValueOptions.MaxReaders", "options", () => new SqliteKeyValueBackend(new() { Path = "file", MaxReaders = 0 })),
        };
        foreach (var (option, parameter, use) in cases)
            use.Should().Throw<ArgumentException>(option).WithMessage($"*{option} is *").WithParameterName(parameter);
    }

    [Fact]
    public void Options_OfOneObject_AreAllRefusedAtOnce() =>
        FluentActions.Invoking(() => new MemoryMount(new() { MaxNodes = -1, MaxBytes = -2 })).Should().Throw<ArgumentException>()
            .WithMessage("*MaxBytes is -2*MaxNodes is -1*");

    [Fact]
    public async Task Options_SeveralOutOfRange_AreAllNamed()
    {
        var services = new ServiceCollection();
        services.AddWasiCloud(options => (options.MaxDescriptors, options.MaxStackBytes) = (0, 0));
        await using var provider = services.BuildServiceProvider();

        provider.GetRequiredService<IStartupValidator>().Invoking(it => it.Validate())
            .Should().Throw<OptionsValidationException>().Which.Failures.Should().HaveCount(2);
    }

    [Fact]
    public async Task Options_AtTheirLeast_RunAGuest()
    {
        await using var host = new TestHost(options =>
        {
            (options.MaxMemoryBytes, options.MaxTableElements, options.MaxStackBytes, options.MaxDescriptors) = (64 << 10, 1, 64 << 10, 4);
            (options.MaxResponseBytes, options.MaxResponseHeadBytes, options.MaxJsonBodyBytes, options.ResponseBufferBytes) = (0, 256, 0, 4 << 10);
            (options.MaxTemporaryBytes, options.MaxConcurrentInvocations, options.QueueTimeout) = (0, 1, TimeSpan.Zero);
        });

        await host.RunAsync(await host.LoadGuestAsync("empty"));
    }

    [Fact]
    public async Task Options_WithTheLargestMemoryAndStack_RunAGuest()
    {
        await using var host =
            new TestHost(options => (options.MaxMemoryBytes, options.MaxStackBytes, options.MaxConcurrentInvocations) = (4L << 30, 64 << 20, 2));

        await host.RunAsync(await host.LoadGuestAsync("empty"));
    }

    [Fact]
    public async Task Mounts_AtTheSamePath_FailNamingIt()
    {
        var services = new ServiceCollection();
        services.AddWasiCloud().AddMount<TestMount>("/same").AddMount("/same", FileAccess.Read, static _ => new TestMount());
        await using var provider = services.BuildServiceProvider();

        provider.Invoking(it => it.GetRequiredService<IInvocationHost>()).Should().Throw<InvalidOperationException>().WithMessage("*/same*");
    }
}
