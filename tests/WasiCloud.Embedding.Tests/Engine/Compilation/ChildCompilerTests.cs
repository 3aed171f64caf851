using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.Engine;
using WasiCloud.Embedding.Engine.Compilation;
using WasiCloud.Embedding.Preview1;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Tests.Engine.Compilation;

/// <summary>What a process that should compile can do instead. Compilers that do are in the tests of <c>Hostile.Tests</c> and of the command.</summary>
public sealed class ChildCompilerTests : IDisposable
{
    private const string Greet = """printf 'wasicloud-compiler 1\n'; """;
    private const long MaxBytes = 1 << 20;

    private readonly string _folder = Directory.CreateTempSubdirectory("wasicloud-child-").FullName;
    private readonly WasmEngine _engine = new(new EngineSettings(8 << 20, 10, 64 << 10, 2), Preview1Functions.Table);

    public static TheoryData<string, string> NoCompilers => new()
    {
        { "exit 3", "*RunIfRequested*" },
        { "echo usage >&2; exit 3", "*ended with code 3: usage*" },
        { "printf wasi", "*ended with code 0*" },
        { "echo 'Now listening on: http://localhost:5000'; sleep 1000", "*says something else*" },
        { "exec sleep 1000", "*said nothing for*" },
    };

    public static TheoryData<string, string> Crashes => new()
    {
        { "kill -SEGV $$", "*crash (signal 11)*" },
        { "echo 'thread panicked at regalloc' >&2; kill -ABRT $$", "*crash (signal 6: *regalloc*" },
        { "echo 'memory allocation of 805306368 bytes failed' >&2; kill -ABRT $$", "*more memory than MaxCompilationBytes (1048576 bytes)*" },
        { "kill -KILL $$", "*killed from outside*" },
        { "exit 3", "*ended with code 3 before it had answered*" },
        { "head -c 3000000 /dev/zero | tr '\\0' x >&2; exit 3", "*ended with code 3 before it had answered: xxx*" },
        { "exec sleep 1000", "*longer than MaxCompilationTime (00:00:00.5000000)*" },
        { "sleep 1000 & wait", "*longer than MaxCompilationTime*" },
        { "exec 1>&-; exec sleep 1000", "*longer than MaxCompilationTime*" },
    };

    public static TheoryData<string, byte[], string> Lies => new()
    {
        { "nothing", [], "*ended with code 0 before it had answered*" },
        { "half a head", [1, 2, 3], "*ended with code 0 before it had answered*" },
        { "another result", Answer(9, 0, []), "*damaged: it begins with the byte 9*" },
        { "no result", Answer(0, 0, []), "*damaged: it begins with the byte 0*" },
        { "more than it may have", Answer(1, (2 * MaxBytes) + 1, []), "*damaged: it announces 2097153 bytes; the most is 2097152*" },
        { "less than nothing", Answer(1, -1, []), "*damaged: it announces -1 bytes*" },
        { "a long message", Answer(2, 65_537, []), "*damaged: it announces 65537 bytes; the most is 65536*" },
        { "code that ends early", Answer(1, 100, new byte[50]), "*ended with code 0 before it had answered*" },
        { "another checksum of code", Corrupt(Answer(1, 100, new byte[100])), "*damaged: its checksum is wrong*" },
        { "another checksum of a message", Corrupt(Answer(2, 100, new byte[100])), "*damaged: its checksum is wrong*" },
        { "no code", Answer(1, 100, new byte[100]), "*is not the code of a module*" },
        { "no bytes of code", Answer(1, 0, []), "*is not the code of a module*" },
        { "a message with control characters", Answer(2, 3, "a\u001bb"u8.ToArray()), "Not a valid WebAssembly module: a\\u{1b}b" },
        { "an offset beyond all", Answer(2, 43, "bad (at offset 0xffffffffffffffffffffffff) "u8.ToArray()), "Not a valid WebAssembly module: bad*" },
        { "no memory", Answer(3, 0, []), "*more memory than MaxCompilationBytes*" },
    };

    public void Dispose()
    {
        _engine.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [MemberData(nameof(NoCompilers))]
    public async Task Compile_ByAnotherProgram_SaysWhatToDoAndEndsIt(string script, string message)
    {
        await using var compiler = Create(script, startTimeout: script.StartsWith("exec", StringComparison.Ordinal) ? TimeSpan.FromSeconds(0.5) : null);

        await compiler.Awaiting(CompileAsync).Should().ThrowAsync<InvalidOperationException>().WithMessage(message);

        IsGone("process").Should().BeTrue();
    }

    [Fact]
    public async Task Compile_WithoutAProgram_SaysWhichIsMissing()
    {
        await using var compiler = new ChildCompiler(new CompilerCommand("/nonexistent/compiler", []), TestHost.Patience, MaxBytes, TimeProvider.System);

        await compiler.Awaiting(CompileAsync).Should().ThrowAsync<InvalidOperationException>().WithMessage("*'/nonexistent/compiler' cannot be started*");
    }

    [Theory]
    [MemberData(nameof(Crashes))]
    public async Task Compile_ThatEndsOrIsEnded_SaysWhyAndLeavesNothing(string script, string message)
    {
        var takesLong = message.Contains("MaxCompilationTime", StringComparison.Ordinal);
        await using var compiler = Create(Greet + script, takesLong ? TimeSpan.FromSeconds(0.5) : TestHost.Patience);

        await compiler.Awaiting(CompileAsync).Should().ThrowAsync<InvalidGuestModuleException>().WithMessage(message);

        IsGone("process").Should().BeTrue();
    }

    [Fact]
    public async Task Compile_EndedAtItsLimit_EndsWhatItStarted()
    {
        await using var compiler = Create(Greet + $"sleep 1000 & echo $! > {_folder}/child; wait", TimeSpan.FromSeconds(2));

        await compiler.Awaiting(CompileAsync).Should().ThrowAsync<InvalidGuestModuleException>();

        (IsGone("process"), IsGone("child")).Should().Be((true, true));
    }

    [Theory]
    [MemberData(nameof(Lies))]
    public async Task Compile_WithALie_IsAFailureOfTheModule(string lie, byte[] answer, string message)
    {
        var file = Path.Combine(_folder, "answer");
        await File.WriteAllBytesAsync(file, answer);
        await using var compiler = Create(ReplyWith(file));

        await compiler.Awaiting(CompileAsync).Should().ThrowAsync<InvalidGuestModuleException>(lie).WithMessage(message);
    }

    [Fact]
    public async Task Compile_ByAnotherVersion_IsRefusedNamingBoth()
    {
        var file = Path.Combine(_folder, "answer");
        await File.WriteAllBytesAsync(file, Answer(4, 7, "another"u8.ToArray()));
        await using var compiler = Create(ReplyWith(file));

        await compiler.Awaiting(CompileAsync).Should().ThrowAsync<InvalidOperationException>()
            .WithMessage($"*makes code for 'another'; this host runs '{CompatibilityKey.Of(_engine.Settings)}'*");
    }

    [Fact]
    public async Task Compile_ByAProcessThatNeverReads_EndsAtItsLimit()
    {
        await using var compiler = Create(Greet + "exec sleep 1000", TimeSpan.FromSeconds(0.5));

        // More than a pipe holds.
        await compiler.Awaiting(it => it.CompileAsync(_engine, new byte[4 << 20], CancellationToken.None)).Should().ThrowAsync<InvalidGuestModuleException>()
            .WithMessage("*MaxCompilationTime*");
    }

    [Fact]
    public async Task Compile_Cancelled_EndsTheProcess()
    {
        using var cancellation = new CancellationTokenSource();
        await using var compiler = Create(Greet + "exec sleep 1000");
        var compilation = compiler.CompileAsync(_engine, new byte[8], cancellation.Token);
        await StartedAsync();

        await cancellation.CancelAsync();

        await compilation.WaitAsync(TestHost.Patience).Awaiting(it => it).Should().ThrowAsync<OperationCanceledException>();
        IsGone("process").Should().BeTrue();
    }

    [Fact]
    public async Task Dispose_WhileOneCompiles_EndsItBeforeItReturns()
    {
        var compiler = Create(Greet + "exec sleep 1000");
        var compilation = compiler.CompileAsync(_engine, new byte[8], CancellationToken.None);
        await StartedAsync();

        await compiler.DisposeAsync().AsTask().WaitAsync(TestHost.Patience);

        IsGone("process").Should().BeTrue();
        await compilation.Awaiting(it => it).Should().ThrowAsync<OperationCanceledException>();
        await compiler.Awaiting(CompileAsync).Should().ThrowAsync<ObjectDisposedException>();
    }

    [Fact]
    public async Task Compile_SeesNothingOfTheHostsEnvironment()
    {
        const string Variable = "WASICLOUD_TEST_PASSWORD";
        Environment.SetEnvironmentVariable(Variable, "secret");
        await using var compiler = Create($"""[ -n "$PATH" ] && [ "$DOTNET_EnableDiagnostics" = 0 ] && [ -z "${Variable}" ] && exit 42""");

        await compiler.Awaiting(CompileAsync).Should().ThrowAsync<InvalidOperationException>().WithMessage("*ended with code 42*");
    }

    private static byte[] Answer(byte result, long length, byte[] content)
    {
        var answer = new byte[41 + content.Length];
        answer[0] = result;
        BinaryPrimitives.WriteInt64LittleEndian(answer.AsSpan(1), length);
        SHA256.HashData(content, answer.AsSpan(9));
        content.CopyTo(answer, 41);
        return answer;
    }

    // The request is one write, of which the first byte is all of it.
    private static string ReplyWith(string file) => Greet + $"head -c 1 >/dev/null; cat {file}";

    private static byte[] Corrupt(byte[] answer)
    {
        answer[9] ^= 1;
        return answer;
    }

    private ChildCompiler Create(string script, TimeSpan? limit = null, TimeSpan? startTimeout = null) =>
        new(new CompilerCommand("/bin/sh", ["-c", $"echo $$ > {_folder}/process; {script}"]), limit ?? TestHost.Patience, MaxBytes, TimeProvider.System)
        {
            StartTimeout = startTimeout ?? TestHost.Patience,
        };

    private Task CompileAsync(ChildCompiler compiler) => compiler.CompileAsync(_engine, new byte[8], CancellationToken.None).WaitAsync(TestHost.Patience);

    private async Task StartedAsync()
    {
        using var watcher = new FileSystemWatcher(_folder);
        var written = new TaskCompletionSource();
        watcher.Changed += (_, _) => written.TrySetResult();
        watcher.EnableRaisingEvents = true;
        if (ReadProcess("process").Length == 0) await written.Task.WaitAsync(TestHost.Patience);
    }

    private string ReadProcess(string name)
    {
        var file = Path.Combine(_folder, name);
        return File.Exists(file) ? File.ReadAllText(file, Encoding.ASCII).Trim() : string.Empty;
    }

    // Also from the table of processes: who ends is there until it is reaped. A grandchild is reaped by whoever that falls to.
    private bool IsGone(string name)
    {
        if (ReadProcess(name) is not { Length: > 0 } id) return true;
        var status = $"/proc/{id}/status";
        return !File.Exists(status) || (name == "child" && File.ReadAllText(status).Contains("State:\tZ", StringComparison.Ordinal));
    }
}
