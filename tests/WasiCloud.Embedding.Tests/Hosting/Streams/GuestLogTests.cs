using System.Globalization;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Streams;

/// <summary>What a hostile guest can do to its host's log.</summary>
public sealed class GuestLogTests
{
    private const int HostCallFailed = 3;
    private const int StandardOutput = 4;
    private const int StandardError = 5;
    private const int OutputOmitted = 19;

    // ESC [ 2 J, RIGHT-TO-LEFT OVERRIDE, LINE SEPARATOR, CR, as the text format writes them.
    private const string Hostile = @"\1b[2J\e2\80\ae\e2\80\a8\0d";

    // One call writes 1,024 times the same 64 KiB of empty lines to standard error.
    private const string Flood = """
        (module
          (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
          (memory (export "memory") 2)
          (func (export "_start") (local $vector i32)
            (memory.fill (i32.const 0x10000) (i32.const 10) (i32.const 0x10000))
            (loop $next
              (i32.store (i32.shl (local.get $vector) (i32.const 3)) (i32.const 0x10000))
              (i32.store offset=4 (i32.shl (local.get $vector) (i32.const 3)) (i32.const 0x10000))
              (local.set $vector (i32.add (local.get $vector) (i32.const 1)))
              (br_if $next (i32.lt_u (local.get $vector) (i32.const 1024))))
            (if (call $fd_write (i32.const 2) (i32.const 0) (i32.const 1024) (i32.const 0x8000)) (then unreachable))))
        """;

    [Fact]
    public async Task Flood_InOneCall_IsCutAtTheLimitAndCountedInOneEntry()
    {
        await using var host = new TestHost(options => options.MaxLogLines = 100);
        var module = await host.LoadTextAsync(Flood);

        await host.RunAsync(module);

        host.Logs[StandardError].Should().HaveCount(100);
        var entry = host.Logs[OutputOmitted].Should().ContainSingle().Which;
        entry.Level.Should().Be(LogLevel.Warning);
        ((long)entry.Values["Lines"]!).Should().BeGreaterThan(0xff00).And.Be((long)entry.Values["Bytes"]!, "the lines are empty");
    }

    [Fact]
    public async Task Flood_OfOneGuest_LeavesTheNextItsOwnAllowance()
    {
        await using var host = new TestHost(options => (options.MaxLogLines, options.MaxConcurrentInvocations) = (1, 1));
        var flood = await host.LoadTextAsync(Flood);
        var quiet = await host.LoadTextAsync(GuestText.Command("test/file", "(call $write_to (i32.const 1))", text: "one\ntwo"));

        await host.RunAsync(flood);
        await host.RunAsync(quiet);

        host.Logs[StandardOutput].Select(entry => entry.Values["Line"]).Should().Equal("one");
        host.Logs[OutputOmitted].Select(entry => entry.Values["Lines"]).Should().HaveCount(2).And.EndWith(1L);
    }

    [Fact]
    public async Task Limits_AreOfBothStreamsTogether()
    {
        await using var host = new TestHost(options => options.MaxLogLines = 2);
        var module = await host.LoadTextAsync(GuestText.Command("test/file", "(call $write_to (i32.const 1)) (call $write_to (i32.const 2))", text: "a\nb\n"));

        await host.RunAsync(module);

        host.Logs[StandardOutput].Should().HaveCount(2);
        host.Logs[StandardError].Should().BeEmpty();
        host.Logs[OutputOmitted].Should().ContainSingle().Which.Values["Lines"].Should().Be(2L);
    }

    [Fact]
    public async Task Path_OfACallThatFails_IsEscaped()
    {
        await using var host = new TestHost(build: builder =>
            builder.AddMount("/test", FileAccess.ReadWrite, _ => new TestMount { OnLookup = _ => throw new TimeoutException() }));
        var module = await host.LoadTextAsync($$"""
            (module
              (import "wasi_snapshot_preview1" "path_open" (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
              (memory (export "memory") 1)
              (data (i32.const 1024) "test/{{Hostile}}")
              (func (export "_start")
                (drop (call $path_open
                  (i32.const 3) (i32.const 0) (i32.const 1024) (i32.const 16) (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 0)))))
            """);

        await host.RunAsync(module);

        var entry = host.Logs[HostCallFailed].Should().ContainSingle().Which;
        entry.Values["Path"].Should().BeOfType<string>().Which.Should().EndWith(@"test/\u{1b}[2J\u{202e}\u{2028}\u{d}");
        IsHarmless(entry.Message).Should().BeTrue();
    }

    [Fact]
    public async Task ForeignException_ThatRepeatsThePath_IsEscapedWithItsInnerOnes()
    {
        const string path = "\n2030-01-01 fail: forged\u001b[2J\u202e";
        await using var host = new TestHost(build: builder => builder.AddMount("/test", FileAccess.ReadWrite, _ => new TestMount
        {
            OnLookup = _ => throw new AggregateException(
                "At " + path, new TimeoutException("Of " + path), new IOException("outer", new IOException("In " + path))),
        }));
        var module = await host.LoadTextAsync(GuestText.Command("test/file", "(call $open)"));

        await host.Awaiting(it => it.RunAsync(module)).Should().ThrowAsync<GuestExitException>();

        var entry = host.Logs[HostCallFailed].Should().ContainSingle().Which;
        var text = entry.Exception!.ToString();
        text.Should().Contain(@"TimeoutException: Of \u{a}2030-01-01 fail: forged\u{1b}[2J\u{202e}").And.Contain(@"In \u{a}2030");
        IsHarmless(text.Replace("\n", string.Empty, StringComparison.Ordinal)).Should().BeTrue();
        entry.Exception.InnerException.Should().BeOfType<AggregateException>("who looks for what it was finds it");
    }

    [Fact]
    public async Task FunctionName_OfATrap_IsEscapedAndCut()
    {
        await using var host = new TestHost();
        var module = await host.LoadTextAsync($$"""
            (module (memory (export "memory") 1)
              (func $called (@name "{{Hostile}}{{new string('x', 100_000)}}") unreachable)
              (func (export "_start") (call $called)))
            """);

        var failure = (await host.Awaiting(it => it.RunAsync(module)).Should().ThrowAsync<GuestTrapException>()).Which;

        failure.Message.Should().Contain(@"\u{1b}[2J");
        failure.Message.Length.Should().BeLessThan(4500);
        failure.Backtrace[0].FunctionName!.Length.Should().BeLessThan(300);
        IsHarmless(failure.Message + failure.Backtrace[0]).Should().BeTrue();
    }

    [Fact]
    public async Task ImportNames_OfAModuleThatIsRefused_AreEscapedAndCut()
    {
        await using var host = new TestHost();
        var imports = string.Concat(Enumerable.Range(0, 200).Select(number => string.Create(
            CultureInfo.InvariantCulture, $"(import \"{Hostile}{new string('m', 10_000)}\" \"{number}{Hostile}\" (func))")));

        var failure = (await host.Awaiting(it => it.LoadTextAsync($"(module {imports} (memory (export \"memory\") 1) (func (export \"_start\")))"))
            .Should().ThrowAsync<InvalidGuestModuleException>()).Which;

        failure.Message.Length.Should().BeLessThan(4500);
        IsHarmless(failure.Message).Should().BeTrue();
    }

    [Theory]
    [InlineData("\u001b[2J")]
    [InlineData("a\nfail: Fake.Logger[1]")]
    [InlineData("\u202egnp.exe")]
    [InlineData("\u2028")]
    public async Task ModuleName_ThatCouldForgeAnEntry_IsRefused(string name)
    {
        await using var host = new TestHost();

        await host.Awaiting(it => it.Host.LoadAsync(TestHost.ReadGuest("empty"), name).AsTask()).Should().ThrowAsync<ArgumentException>()
            .WithMessage("*character*");
    }

    [Fact]
    public async Task ModuleName_WithJoiners_IsAccepted()
    {
        await using var host = new TestHost();

        using var module = await host.Host.LoadAsync(TestHost.ReadGuest("empty"), "\u0646\u0645\u0648\u0646\u0647\u200c\u0647\u0627");

        await host.RunAsync(module);
    }

    [Fact]
    public async Task StandardError_OfAGuestThatFails_IsEscapedInTheException()
    {
        await using var host = new TestHost();
        var module = await host.LoadTextAsync($$"""
            (module
              (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
              (memory (export "memory") 1)
              (data (i32.const 0) "\10\00\00\00\0f\00\00\00")
              (data (i32.const 16) "{{Hostile}}\0a\09at")
              (func (export "_start") (drop (call $fd_write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 8))) unreachable))
            """);

        var failure = (await host.Awaiting(it => it.RunAsync(module)).Should().ThrowAsync<GuestTrapException>()).Which;

        failure.StandardError.Should().Be("\\u{1b}[2J\\u{202e}\\u{2028}\n\tat");
    }

    private static bool IsHarmless(string text) => !text.Any(character =>
        char.IsControl(character) || char.GetUnicodeCategory(character) is UnicodeCategory.Format or UnicodeCategory.LineSeparator);
}
