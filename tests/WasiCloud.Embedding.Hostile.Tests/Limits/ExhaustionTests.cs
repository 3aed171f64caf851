using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using WasiCloud.Embedding.Connections;
using WasiCloud.Embedding.Hosting;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.Rpc;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Hostile.Tests.Limits;

/// <summary>
/// One guest for each resource that is counted, which takes what it gets: the process holds no more than twice the limit, and 2 MiB, 16 descriptors and 16
/// threads beside. Counts what the whole process holds, so nothing else may run beside it.
/// </summary>
[Collection("Process")]
public sealed class ExhaustionTests : IDisposable
{
    private const int NoError = 0;
    private const int ConnectionRefused = 14;
    private const int TooManyFiles = 33;
    private const int NoMemory = 48;
    private const int NoSpace = 51;
    private const int MiB = 1 << 20;
    private const int BesideBytes = 2 * MiB;
    private const int Beside = 16;
    private const int Descriptors = 64;
    private const int Files = 17_000;
    private const int Nodes = 10_000;

    private static readonly Dictionary<string, Resource> s_resources = new(StringComparer.Ordinal)
    {
        ["open values"] = new(
            "beta/kv/local/", """
                (call $name)
                (if (local.tee $error (call $open (i32.const 22) (i32.const 1) (i64.const 0x400042))) (then (return (local.get $error))))
                (call $fd_filestat_set_size (call $descriptor) (i64.const 262144))
                """,
            NoMemory, 8 * MiB),
        ["an open value that is written byte by byte"] = new(
            "beta/kv/local/one", """
                (if (i32.eqz (global.get $n)) (then (drop (call $open (i32.const 17) (i32.const 1) (i64.const 0x42)))))
                (call $write (call $descriptor) (i32.const 65536) (i32.const 1000))
                """,
            NoMemory, 8 * MiB),
        ["temporary contents"] = new(
            "tmp/file", """
                (if (i32.eqz (global.get $n)) (then (drop (call $open (i32.const 8) (i32.const 1) (i64.const 0x42)))))
                (call $write (call $descriptor) (i32.const 65536) (i32.const 10000))
                """,
            NoSpace, 8 * MiB),
        ["temporary files that are empty"] = new(
            "tmp/", """
                (call $name)
                (call $path_create_directory (i32.const 3) (i32.const 1024) (i32.const 12))
                """,
            NoSpace, Nodes * 592),
        ["log"] = new(
            "x", "(call $write (i32.const 2) (i32.const 65536) (i32.const 65536))", NoError, 2 * MiB, Steps: 200),
        ["messages of a topic"] = new(
            "beta/topic/news", """
                (if (i32.eqz (global.get $n)) (then (drop (call $open (i32.const 15) (i32.const 0) (i64.const 0x42)))))
                (call $write (call $descriptor) (i32.const 65536) (i32.const 33000))
                """,
            NoError, MiB, Steps: 5_000),
        ["messages of a topic of one byte"] = new(
            "beta/topic/news", """
                (if (i32.eqz (global.get $n)) (then (drop (call $open (i32.const 15) (i32.const 0) (i64.const 0x42)))))
                (call $write (call $descriptor) (i32.const 65536) (i32.const 1))
                """,
            NoError, MiB, Steps: 50_000),
        ["open calls"] = new(
            "beta/rpc/host/call", """
                (if (local.tee $error (call $open (i32.const 18) (i32.const 0) (i64.const 0x42))) (then (return (local.get $error))))
                (drop (call $write (call $descriptor) (i32.const 65536) (i32.const 65537)))
                (drop (call $write (call $descriptor) (i32.const 65536) (i32.const 65537)))
                (call $write (call $descriptor) (i32.const 65536) (i32.const 65537))
                """,
            TooManyFiles, 16 * 256 << 10),
        ["calls that wait for a server"] = new(
            "beta/rpc/guest/call", """
                (if (i32.eqz (global.get $n)) (then (drop (call $open_second (i32.const 4) (i64.const 0x42)))))
                (if (local.tee $error (call $open (i32.const 19) (i32.const 0) (i64.const 0x42))) (then (return (local.get $error))))
                (drop (call $write (call $descriptor) (i32.const 65536) (i32.const 33000)))
                (call $fd_close (call $descriptor))
                """,
            ConnectionRefused, 4 * MiB, SecondPath: "beta/rpc/guest/accept"),
        ["descriptors"] = new(
            "host", "(call $open (i32.const 4) (i32.const 2) (i64.const 0x4000))", TooManyFiles, Descriptors * 1024),
        ["listed directories"] = new(
            "host", """
                (if (local.tee $error (call $open (i32.const 4) (i32.const 2) (i64.const 0x4000))) (then (return (local.get $error))))
                (call $fd_readdir (call $descriptor) (i32.const 65536) (i32.const 4096) (i64.const 16999) (i32.const 4))
                """,
            TooManyFiles, Descriptors * (64 << 10)),
        ["watches that are not read"] = new(
            "beta/kv/local/.watch/.all", "(call $open (i32.const 25) (i32.const 0) (i64.const 0x2))", NoError, MiB, Steps: 32, Afterwards: CommitManyAsync),
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("wasicloud-").FullName;

    public static TheoryData<string> Resources => [.. s_resources.Keys];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Resources))]
    public async Task Guest_ThatTakesWhatItGets_HoldsNoMoreThanItsLimit(string name)
    {
        var resource = s_resources[name];
        if (name == "listed directories")
        {
            for (var number = 0; number < Files; number++) await File.WriteAllBytesAsync(Path.Combine(_folder, FormattableString.Invariant($"{number}")), []);
        }

        await using var provider = CreateHost();
        var host = provider.GetRequiredService<IInvocationHost>();
        using var once = await host.LoadAsync(HungryGuest.Build(resource.Path, resource.Step, 1, resource.SecondPath), "once");
        using var often = await host.LoadAsync(HungryGuest.Build(resource.Path, resource.Step, resource.Steps, resource.SecondPath), "often");
        await HungryGuest.RunAsync(host, once, () => Task.CompletedTask);
        var (before, after) = (HeldByProcess.Take(), default(HeldByProcess)!);

        var (errno, steps) = await HungryGuest.RunAsync(host, often, async () =>
        {
            if (resource.Afterwards is not null) await resource.Afterwards(provider);
            after = HeldByProcess.Take();
        });

        (errno, steps > 1).Should().Be((resource.Errno, true), "it came to the limit, at step {0}", steps);
        (after.Managed - before.Managed).Should().BeLessThanOrEqualTo((2 * resource.LimitBytes) + BesideBytes);
        (after.Descriptors - before.Descriptors).Should().BeLessThanOrEqualTo((2 * Descriptors) + Beside);
        (after.Threads - before.Threads).Should().BeLessThanOrEqualTo(Beside);
    }

    [Fact]
    public async Task Guests_WhoseResponsesNobodyReads_HoldNoMoreThanTheBudget()
    {
        const int Guests = 16;
        await using var provider = CreateHost();
        var host = (InvocationHost)provider.GetRequiredService<IInvocationHost>();
        using var module = await host.LoadAsync(
            HungryGuest.Build("response/body", """
                (if (i32.eqz (global.get $n)) (then (drop (call $open (i32.const 13) (i32.const 1) (i64.const 0x40)))))
                (call $write (call $descriptor) (i32.const 65536) (i32.const 65536))
                """, int.MaxValue),
            "endless");
        var before = HeldByProcess.Take();

        var responses = await Task.WhenAll(Enumerable.Range(0, Guests).Select(_ => host.InvokeAsync(module, new InvocationRequest())));
        await TestHost.UntilAsync(() => host.ResponseBudget.HeldBytes >= 8 * MiB / 2);

        var after = HeldByProcess.Take();
        host.ResponseBudget.HeldBytes.Should().BeLessThanOrEqualTo((8 * MiB) + (Guests * (20 << 10)));
        (after.Managed - before.Managed).Should().BeLessThanOrEqualTo((2 * 8 * MiB) + BesideBytes);
        (after.Threads - before.Threads).Should().BeLessThanOrEqualTo(Guests + Beside);
        foreach (var response in responses) await response.DisposeAsync();
        host.ResponseBudget.HeldBytes.Should().Be(0);
    }

    [Fact]
    public async Task Messages_OfAWebSocketThatTheGuestDoesNotRead_AreCountedAsTheyAreAllocated()
    {
        var inbox = new MessageInbox(maxMessageBytes: MiB);
        var (messages, giving) = (0, Task.CompletedTask);
        for (; giving.IsCompleted && messages < 1000; messages++)
        {
            inbox.Room(0).Span[0] = 1;
            giving = inbox.GiveAsync(1).AsTask();
        }

        // 64 KiB, of which a message takes 4 at least.
        messages.Should().Be(16);
        inbox.Drain();
        await giving;
    }

    private static async Task CommitManyAsync(IServiceProvider provider)
    {
        var backend = provider.GetRequiredKeyedService<IKeyValueBackend>("local");
        for (var change = 0; change < 20_000; change++) await backend.CommitAsync(new(KeyValueOperation.Put("key", new byte[100])), default);
    }

    private ServiceProvider CreateHost()
    {
        var services = new ServiceCollection();
        services.AddSingleton<ILoggerFactory>(new KeptLog());
        services.AddWasiCloud(options =>
        {
            (options.MaxConcurrentInvocations, options.MaxConcurrentInvocationsPerModule) = (16, 16);
            (options.ModuleCacheFolder, options.Execution) = (null, TestExecution.Value);
            (options.ExecutionTimeout, options.MaxTemporaryBytes, options.MaxTemporaryNodes) = (Timeout.InfiniteTimeSpan, 8 * MiB, Nodes);
            (options.MaxResponseBufferBytes, options.ResponseBufferBytes, options.MaxDescriptors) = (8 * MiB, MiB, Descriptors);
        })
            .AddRequestResponseFiles()
            .AddHostDirectory("/host", _folder)
            .AddKeyValue(keyValue => keyValue.Scope("local").UseMemory().WithOptions(options => options with { MaxOpenBytes = 8 * MiB }))
            .AddTopic("news")
            .ConfigureTopics(options => (options.MaxQueuedBytes, options.MaxQueuedMessages) = (MiB, 8_000))
            .AddRpcService("host", (_, _, _) => default)
            .AddRpcService("guest", RpcAccess.Call | RpcAccess.Serve)
            .ConfigureRpc(options => (options.MaxOpenCalls, options.MaxRequestBytes, options.MaxQueuedBytes) = (16, 256 << 10, 4 * MiB));
        return services.BuildServiceProvider();
    }

    /// <summary>What a guest takes.</summary>
    /// <param name="Path">Where it finds it.</param>
    /// <param name="Step">How it takes more.</param>
    /// <param name="Errno">What it is told when it may not.</param>
    /// <param name="LimitBytes">What the limit is, as a whole, in bytes.</param>
    /// <param name="Steps">How often it tries, where nothing is refused.</param>
    /// <param name="SecondPath">Another path.</param>
    /// <param name="Afterwards">What others do meanwhile.</param>
    private sealed record Resource(
        string Path,
        string Step,
        int Errno,
        long LimitBytes,
        int Steps = int.MaxValue,
        string SecondPath = "",
        Func<IServiceProvider, Task>? Afterwards = null);
}
