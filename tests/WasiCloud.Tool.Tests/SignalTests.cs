using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using FluentAssertions;
using WasiCloud.Embedding;
using Xunit;

namespace WasiCloud.Tool.Tests;

/// <summary>
/// SIGINT and SIGTERM end the command whatever it is doing. How fast is a matter of the machine; that it ends at all would not be, with any of these,
/// without its own care.
/// </summary>
public sealed class SignalTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly TemporaryFolder _folder = new();
    private readonly List<Process> _started = [];

    public void Dispose()
    {
        foreach (var process in _started)
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
            process.Dispose();
        }

        _folder.Dispose();
    }

    [Theory]
    [InlineData("TERM", 143, "computes")]
    [InlineData("INT", 130, "reads")]
    [InlineData("TERM", 143, "reads")]
    [InlineData("INT", 130, "writes")]
    [InlineData("TERM", 143, "writes")]
    public async Task Run_Signalled_EndsWhateverTheGuestDoes(string signal, int expected, string what)
    {
        var body = what switch { "computes" => SmallGuest.Loop, "reads" => SmallGuest.ReadForEver, _ => SmallGuest.WriteForEver };
        var guest = _folder.Write("guest.wasm", SmallGuest.Assemble(body));
        var process = Start(">&3", "run", "--trace", guest);

        // The guest is running when it has made its first call.
        (await process.StandardError.ReadLineAsync().WaitAsync(Patience)).Should().StartWith("fd_tell(");
        ToolProcess.Signal(process, signal);

        var error = await process.StandardError.ReadToEndAsync().WaitAsync(Patience);
        (await EndAsync(process)).Should().Be(expected);
        error.Should().NotContain("   at ");
    }

    [Theory]
    [InlineData("TERM", 143)]
    [InlineData("INT", 130)]
    public async Task Run_SignalledWhileTheTraceIsNotRead_Ends(string signal, int expected)
    {
        // After the first byte that it writes, the trace of that waits.
        var guest = _folder.Write("guest.wasm", SmallGuest.Assemble(SmallGuest.WriteForEver));
        var process = Start("2>&3", "run", guest);
        await process.StandardOutput.BaseStream.ReadExactlyAsync(new byte[1]).AsTask().WaitAsync(Patience);
        ToolProcess.Signal(process, signal);
        (await EndAsync(process)).Should().Be(expected);
    }

    [Fact]
    public async Task Run_TerminatedWhileItCompilesElsewhere_LeavesNoProcessAndNoFile()
    {
        var cache = Directory.CreateDirectory(Path.Combine(_folder.Path, "cache"));
        var (process, compiler) = await CompilingAsync(cache);
        ToolProcess.Signal(process, "TERM");

        (await EndAsync(process)).Should().Be(143);
        await WaitUntilAsync(() => !Directory.Exists($"/proc/{compiler}"));
        cache.EnumerateFiles("*", SearchOption.AllDirectories).Should().NotContain(file => file.DirectoryName == cache.FullName);
    }

    [Theory]
    [InlineData("TERM", 143)]
    [InlineData("INT", 130)]
    public async Task Serve_SignalledTwiceWithARequestInFlight_EndsAtOnce(string signal, int expected)
    {
        await using var server = await ToolServer.StartAsync(ToolProcess.Guest("echo"), "--listen", "127.0.0.1:0");
        var address = IPEndPoint.Parse(new Uri(server.Address).Authority);
        using var connection = new TcpClient();
        await connection.ConnectAsync(address);
        var stream = connection.GetStream();
        await stream.WriteAsync("POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nfirst \r\n"u8.ToArray());
        await stream.ReadExactlyAsync(new byte[1]).AsTask().WaitAsync(Patience);
        server.Signal(signal);

        // It has seen the first one when it takes no connections any more.
        await WaitUntilAsync(() => !CanConnect(address));
        server.Signal(signal);
        (await server.WaitAsync()).Should().Be(expected);
    }

    // A server whose log nobody reads answers all the same, and one that cannot say that it has started does.
    [Theory]
    [InlineData(">/dev/null 2>&3")]
    [InlineData(">&- 2>&-")]
    public async Task Serve_WhoseOutputIsBroken_AnswersAndStops(string redirection)
    {
        var address = new IPEndPoint(IPAddress.Loopback, LoopbackPort.Find());
        var process = Start(redirection, "serve", "--listen", address.ToString(), ToolProcess.Guest("echo"));
        await WaitUntilAsync(() => CanConnect(address));
        using var client = new HttpClient { Timeout = Patience };
        for (var request = 0; request < 3; request++)
        {
            using var response = await client.PostAsync($"http://{address}/", new StringContent("hello"));
            (await response.Content.ReadAsStringAsync()).Should().Be("hello");
        }

        ToolProcess.Signal(process, "TERM");
        (await EndAsync(process)).Should().Be(0);
    }

    private static bool CanConnect(IPEndPoint address)
    {
        using var client = new TcpClient();
        try
        {
            client.Connect(address);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    // A machine that is busy may look for the compiler when it is done already: then there is more to compile.
    private async Task<(Process Process, string Compiler)> CompilingAsync(DirectoryInfo cache)
    {
        for (var functions = 3_000; ; functions *= 2)
        {
            var text = new StringBuilder("(module (memory (export \"memory\") 1) (func (export \"_start\") (loop (br 0)))");
            const string Step = "(i32.mul (local.get 0)) (i32.add (i32.load (i32.and (local.get 0) (i32.const 255))))";
            for (var index = 0; index < functions; index++)
                text.Append("(func (param i32) (result i32) (local.get 0)").Insert(text.Length, Step, 40).Append(')');
            var wasm = WasiCloud.Embedding.Engine.Interop.TextFormatApi.Assemble(Encoding.UTF8.GetBytes(text.Append(')').ToString()));
            var process = Started(ToolProcess.Start(
                "run", "--compile-out-of-process", "--cache", cache.FullName, _folder.Write($"guest{functions}.wasm", wasm)));
            var compiler = string.Empty;
            await WaitUntilAsync(() => (compiler = ChildOf(process.Id)).Length > 0 || cache.EnumerateFiles().Any());
            if (compiler.Length > 0) return (process, compiler);
            process.Kill();
            await process.WaitForExitAsync().WaitAsync(Patience);
            foreach (var file in cache.EnumerateFiles()) file.Delete();
        }
    }

    private static string ChildOf(int process) => Directory.GetDirectories($"/proc/{process}/task")
        .Select(thread => TryRead(Path.Combine(thread, "children")).Trim()).FirstOrDefault(text => text.Length > 0) ?? string.Empty;

    // A thread that has ended has no file any more.
    private static string TryRead(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return string.Empty;
        }
    }

    private static async Task WaitUntilAsync(Func<bool> condition)
    {
        var started = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Stopwatch.GetElapsedTime(started).Should().BeLessThan(Patience);
            await Task.Delay(10);
        }
    }

    private static async Task<int> EndAsync(Process process)
    {
        await process.WaitForExitAsync().WaitAsync(Patience);
        return process.ExitCode;
    }

    private Process Start(string redirection, params string[] arguments) =>
        Started(ToolProcess.StartRedirected(redirection, Path.Combine(_folder.Path, Path.GetRandomFileName()), arguments, BrokenOutputTests.Blocked));

    private Process Started(Process process)
    {
        _started.Add(process);
        return process;
    }
}
