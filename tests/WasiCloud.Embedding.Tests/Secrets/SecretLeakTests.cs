using System.Text;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Secrets;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Tests.Secrets;

/// <summary>A guest that tells its secret, by <c>guests/c/leak.c</c>: no log entry and no exception has it.</summary>
public sealed class SecretLeakTests : IAsyncTest
{
    // In a name of a file too.
    private const string Secret = "tell-nobody-42";

    private readonly MemorySecretSource _secrets = new();
    private readonly TestHost _host;

    public SecretLeakTests()
    {
        _host = new TestHost(build: builder =>
        {
            builder.AddRpcService(
                "say", (request, _, _) => throw new InvalidOperationException($"Nobody knows {Encoding.UTF8.GetString(request.Payload)}."));
            builder.AddDaemonHttpFiles().AddSecrets().FromMemory(_secrets);
            builder.AddMount("/test/broken", FileAccess.ReadWrite, _ => new BrokenMount());
            builder.AddMount("/test/full", FileAccess.ReadWrite, _ => new FullMount());
        });
        _secrets.Set("key", Encoding.UTF8.GetBytes(Secret));
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData("line", "the key is ***")]
    [InlineData("bytes", "***")]
    [InlineData("both", "***")]
    public async Task Log_OfASecret_ShowsAMask(string how, string expected)
    {
        (await FailureOfAsync(how)).Should().BeNull();

        _host.Logs.Entries.Where(entry => entry.Values.ContainsKey("Line")).Select(entry => entry.Values["Line"]).Where(line => line is not "")
            .Should().HaveCount(how == "both" ? 2 : 1).And.OnlyContain(line => (string)line! == expected);
        ShouldTellNothing();
    }

    [Fact]
    public async Task Log_OfALineThatIsCutAtASecret_ShowsAMask()
    {
        (await FailureOfAsync("long")).Should().BeNull();

        var lines = _host.Logs.Entries.Select(entry => entry.Values.GetValueOrDefault("Line") as string).OfType<string>().ToList();
        string.Concat(lines).Should().Be(new string('x', (8 << 10) - (Secret.Length / 2)) + "the key is ***");
        lines.Should().OnlyContain(line => line.Length <= 8 << 10).And.HaveCount(2);
        ShouldTellNothing();
    }

    [Fact]
    public async Task StandardError_OfAGuestThatExits_ShowsAMask()
    {
        var failure = await FailureOfAsync("exit");

        failure.Should().BeOfType<GuestExitException>().Which.StandardError.Should().Be("the key is ***\n");
        ShouldTellNothing(failure);
    }

    [Fact]
    public async Task StandardError_OfAGuestThatTraps_ShowsAMask()
    {
        var failure = await FailureOfAsync("trap");

        failure.Should().BeOfType<GuestTrapException>().Which.StandardError.Should().Be("the key is ***\n");
        ShouldTellNothing(failure);
    }

    [Fact]
    public async Task StandardError_WhoseBeginningIsForgotten_ShowsNoEndOfASecret()
    {
        var failure = await FailureOfAsync("tail");

        failure.Should().BeOfType<GuestExitException>().Which.StandardError.Should().StartWith("***xxx").And.NotContain(Secret[^4..]);
        ShouldTellNothing(failure);
    }

    [Fact]
    public async Task Log_OfAFailedCall_ShowsAMaskInPathAndException()
    {
        (await FailureOfAsync("open")).Should().BeNull();

        var entry = _host.Logs[3].Should().ContainSingle().Subject;
        entry.Message.Should().Contain("'/test/broken/***'");
        entry.Exception!.ToString().Should().Contain("There is no '***'").And.Contain("The disk knows nothing of ***");
        ShouldTellNothing();
    }

    [Fact]
    public async Task Log_OfAFunctionThatFailed_ShowsAMask()
    {
        (await FailureOfAsync("call")).Should().BeNull();

        _host.Logs[18].Should().ContainSingle().Which.Exception!.ToString().Should().Contain("Nobody knows ***.").And.Contain(nameof(SecretLeakTests));
        ShouldTellNothing();
    }

    [Fact]
    public async Task Exception_OfAFileThatCannotBeCommitted_ShowsAMask()
    {
        var failure = await FailureOfAsync("create");

        failure.Should().BeOfType<GuestCommitException>().Which.Path.Should().Be("/test/full/***");
        failure!.Message.Should().StartWith("'/test/full/***' was still open");
        ShouldTellNothing(failure);
    }

    [Fact]
    public async Task Exception_OfAMalformedResponse_ShowsAMask()
    {
        var failure = await FailureOfAsync("field");

        failure.Should().BeOfType<GuestResponseException>().Which.Path.Should().Be("/response/headers/***");
        ShouldTellNothing(failure);
    }

    [Fact]
    public async Task Exception_OfAMalformedResponseOfADaemon_ShowsAMask()
    {
        await using var daemon = _host.Host.StartDaemon(
            await _host.LoadGuestAsync("leak"), "daemon", new GuestDaemonOptions { Interface = GuestInterface.Files, Arguments = ["key", "serve"] });
        for (var request = 0; request < 3; request++)
        {
            var invoking = () => daemon.InvokeAsync(new InvocationRequest()).WaitAsync(TestHost.Patience);

            var failure = (await invoking.Should().ThrowAsync<GuestResponseException>()).Which;
            failure.Path.Should().Be("/response/headers/***");
            ShouldTellNothing(failure);
        }

        await daemon.StopAsync().WaitAsync(TestHost.Patience);
        daemon.LastFailure.Should().BeNull();
    }

    [Fact]
    public async Task Exception_OfAnInstance_ShowsAMask()
    {
        var text = GuestText.Command("beta/secrets/key", "(call $open) (call $read)", declarations: $$"""
            (func (export "tell")
              (i32.store (i32.const 8) (i32.const 4096))
              (i32.store (i32.const 12) (i32.const {{Secret.Length}}))
              (call $check (call $fd_write (i32.const 2) (i32.const 8) (i32.const 1) (i32.const 4)))
              unreachable)
            """).Replace("\"_start\"", "\"_initialize\"", StringComparison.Ordinal);
        await using var instance = await _host.StartTextAsync(text);

        var failure = instance.Invoking(it => it.GetAction("tell").Call()).Should().Throw<GuestTrapException>().Which;

        failure.StandardError.Should().Be("***");
        ShouldTellNothing(failure);
        ShouldTellNothing(instance.Failure);
    }

    // What the caller takes itself is the guest's own bytes; what an exception shows of it is not.
    [Fact]
    public async Task RunAsync_ThatTakesTheStreams_HasThemAsTheyAre()
    {
        var module = await _host.LoadGuestAsync("leak");

        var line = await _host.Host.RunAsync(module, TestHost.WithArguments("key", "line"));
        var exit = await _host.Host.RunAsync(module, TestHost.WithArguments("key", "exit"));
        var trapping = () => _host.Host.RunAsync(module, TestHost.WithArguments("key", "trap"));
        var flooding = () => _host.Host.RunAsync(
            module, TestHost.WithArguments("key", "both"), new GuestRunOptions { MaxStandardOutputBytes = Secret.Length - 1 });

        line.StandardOutput.Text.Should().Be($"the key is {Secret}\n");
        exit.StandardError.Text.Should().Be($"the key is {Secret}\n");
        ShouldTellNothing((await trapping.Should().ThrowAsync<GuestTrapException>()).Which);
        var failure = (await flooding.Should().ThrowAsync<GuestLimitException>()).Which;
        failure.StandardError.Should().StartWith("***");
        ShouldTellNothing(failure);
    }

    [Fact]
    public async Task Log_OfTwoGuestsWithOtherSecrets_HidesFromEachItsOwn()
    {
        _secrets.Set("other", "another-secret"u8);
        var module = await _host.LoadGuestAsync("leak");
        string[] names = ["key", "other"];

        await Task.WhenAll(Enumerable.Range(0, 20).Select(number => _host.RunAsync(module, TestHost.WithArguments(names[number % 2], "line"))));
        await _host.RunAsync(await _host.LoadTextAsync(GuestText.Command("none", "(call $write_to (i32.const 1))", text: Secret)));

        var lines = _host.Logs.Entries.Select(entry => entry.Values.GetValueOrDefault("Line") as string).OfType<string>().ToList();
        lines.Take(20).Should().OnlyContain(line => line == "the key is ***");
        lines.Skip(20).Should().Equal(Secret);
    }

    [Fact]
    public async Task Log_OfASecretThatWasReplaced_HidesBothValues()
    {
        var module = await _host.LoadGuestAsync("leak");
        await _host.RunAsync(module, TestHost.WithArguments("key", "line"));
        _secrets.Set("key", "the-new-value"u8);
        await _host.RunAsync(module, TestHost.WithArguments("key", "line"));

        ShouldTellNothing();
        _host.Logs.Entries.Should().NotContain(entry => entry.Message.Contains("the-new-value", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Buffers_AfterGuestsOfEveryEnd_AreZero()
    {
        foreach (var how in new[] { "line", "exit", "trap", "create", "field" }) await FailureOfAsync(how);

        _host.Services.GetRequiredService<SecretStore>().Buffers.Idle.Should().NotBeEmpty().And.OnlyContain(buffer => buffer.All(value => value == 0));
    }

    [Fact]
    public async Task ReadAsync_ASourceThatIsAway_IsEioAndALogEntry()
    {
        await using var host = new TestHost(build: builder => builder.AddSecrets().From(
            _ => new SecretSources.Lying((_, _) => throw new TimeoutException("The vault is away."))));
        var guest = await host.LoadGuestAsync("leak");

        var failing = () => host.RunAsync(guest, TestHost.WithArguments("key", "line"));

        (await failing.Should().ThrowAsync<GuestExitException>()).Which.StandardError.Should().Contain("I/O error");
        host.Logs[3].Should().ContainSingle().Which.Exception.Should().BeOfType<TimeoutException>();
    }

    private async Task<Exception?> FailureOfAsync(string how)
    {
        try
        {
            await _host.RunAsync(await _host.LoadGuestAsync("leak"), TestHost.WithArguments("key", how));
            return null;
        }
        catch (GuestException exception)
        {
            return exception;
        }
    }

    private void ShouldTellNothing(Exception? failure = null)
    {
        var entries = _host.Logs.Entries.Select(entry => $"{entry} {string.Join(' ', entry.Values.Values)}");
        string.Join('\n', entries).Should().NotContain(Secret).And.NotContain(Secret[..8]);
        for (; failure is not null; failure = failure.InnerException)
            $"{failure} {failure.Message} {(failure as GuestException)?.StandardError}".Should().NotContain(Secret).And.NotContain(Secret[..8]);
    }

    /// <summary>Tells in its exceptions what it is asked for.</summary>
    private sealed class BrokenMount : IVirtualMount
    {
        public ValueTask<VirtualDirectory> AttachAsync(InvocationContext context, CancellationToken cancellationToken) => new(new Root());

        private sealed class Root : VirtualDirectory
        {
            public override ValueTask<FsResult<VirtualNode>> LookupAsync(string name, CancellationToken cancellationToken) =>
                throw new IOException($"There is no '{name}'.", new IOException($"The disk knows nothing of {name}."));

            public override IAsyncEnumerable<DirectoryEntry> EnumerateAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
        }
    }

    /// <summary>Has no room for what was created.</summary>
    private sealed class FullMount : IVirtualMount
    {
        public ValueTask<VirtualDirectory> AttachAsync(InvocationContext context, CancellationToken cancellationToken) => new(new Root());

        private sealed class Root : VirtualDirectory
        {
            public override ValueTask<FsResult<VirtualNode>> LookupAsync(string name, CancellationToken cancellationToken) => new(Errno.NoEnt);

            public override ValueTask<FsResult<VirtualFile>> CreateFileAsync(string name, bool exclusive, CancellationToken cancellationToken) =>
                new(new Lost());

            public override IAsyncEnumerable<DirectoryEntry> EnumerateAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
        }

        private sealed class Lost : VirtualFile
        {
            public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) => new(new NodeAttributes());

            public override ValueTask<FsResult<FileHandle>> OpenAsync(FileOpenOptions options, CancellationToken cancellationToken) => new(new LostHandle());
        }

        private sealed class LostHandle : FileHandle
        {
            public override ValueTask<Errno> CloseAsync(CloseReason reason, CancellationToken cancellationToken) => new(Errno.NoSpc);
        }
    }
}
