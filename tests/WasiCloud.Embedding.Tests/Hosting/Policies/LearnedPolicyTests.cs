using System.Buffers;
using System.Text.RegularExpressions;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.Memory;
using WasiCloud.Embedding.Rpc;
using WasiCloud.Embedding.Secrets;
using WasiCloud.Embedding.Tests.Hosting.Daemons;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Policies;

/// <summary>What is learned of real programs is enough for them, whatever they use, and nothing is not.</summary>
public sealed partial class LearnedPolicyTests
{
    // Keys, lists, several in one commit, locks.
    private const string Calls = "create a 1\nread a\nwrite b/c 2\nappend l x\nlist l\ntxn lists one one=1 two=2\nadd n\nadd n\nremove a\nread a\n";

    [Theory]
    [InlineData("told", "/beta/kv/local me", Calls)] // C: also .tx and .lock.
    [InlineData("locked_counter", "/beta/kv/local n 3", "")] // Rust: .lock.
    [InlineData("topic", "walk news", "")]
    [InlineData("rpc", "call echo hello", "")]
    [InlineData("posix", "/data", "")]
    [InlineData("bearer", "key", "")]
    public async Task Program_UnderThePolicyThatWasLearned_DoesWhatItDidWithout(string guest, string arguments, string input)
    {
        var observer = new GuestPolicyObserver();
        var request = new InvocationRequest { Arguments = arguments.Split(' ') }.WithStandardInput(input);

        var free = await RunAsync(guest, request with { PolicyObserver = observer }, isRequired: false);
        var policy = observer.Learn();
        var bound = await RunAsync(guest, request with { Policy = policy });
        var denied = await RunAsync(guest, request with { Policy = GuestPolicy.Nothing });

        bound.Should().Be(free, "under\n{0}", policy);
        denied.Should().NotBe(free);
        free.Output.Should().NotContain("usage", "it did something");
        observer.LeftOut.Should().Be(0);
        policy.Lines.Should().NotContain(line => line.Path.Contains("/.", StringComparison.Ordinal), "control names are recorded as keys");
    }

    [Fact]
    public async Task Daemon_UnderThePolicyThatWasLearned_ServesAsItDidWithout()
    {
        var observer = new GuestPolicyObserver();
        await using var host = CreateHost(isRequired: false);
        await using (var daemon = host.Host.StartDaemon(
            await host.LoadGuestAsync("http_files"), "book", new GuestDaemonOptions { Interface = GuestInterface.Files, PolicyObserver = observer }))
        {
            await daemon.GetTextAsync(Requests.Get("/"));
        }

        observer.Invocations.Should().Be(1);
        await using var bound = host.Host.StartDaemon(
            await host.LoadGuestAsync("http_files"), "bound", new GuestDaemonOptions { Interface = GuestInterface.Files, Policy = observer.Learn() });
        (await bound.GetTextAsync(Requests.Get("/"))).Should().NotBeEmpty();
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(string guest, InvocationRequest request, bool isRequired = true)
    {
        await using var host = CreateHost(isRequired);
        using var module = await host.LoadGuestAsync(guest);
        var run = await host.Host.RunAsync(module, request);

        // Times, and tokens of locks.
        return (run.ExitCode, Digits().Replace(run.StandardOutput.ToString(), "#"));
    }

    private static TestHost CreateHost(bool isRequired)
    {
        var secrets = new MemorySecretSource();
        secrets.Set("key", "open-sesame"u8);
        return new TestHost(options => options.RequirePolicy = isRequired, builder =>
        {
            builder.AddKeyValue(keyValue => keyValue.Scope("local").UseMemory()).AddTopic("news")
                .AddRpcService("echo", (request, response, _) => Echo(request, response)).AddDaemonHttpFiles()
                .AddMount("/data", FileAccess.ReadWrite, _ => new MemoryMount());
            builder.AddSecrets().FromMemory(secrets);
        });
    }

    private static ValueTask Echo(RpcRequest request, IBufferWriter<byte> response)
    {
        foreach (var piece in request.Payload) response.Write(piece.Span);
        return default;
    }

    [GeneratedRegex("[0-9]+", RegexOptions.NonBacktracking)]
    private static partial Regex Digits();
}
