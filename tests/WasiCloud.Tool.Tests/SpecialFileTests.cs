using System.Diagnostics;
using System.Net.Sockets;
using FluentAssertions;
using WasiCloud.Embedding;
using WasiCloud.Embedding.FileSystem;
using Xunit;

namespace WasiCloud.Tool.Tests;

/// <summary>
/// What is neither file nor directory, wherever the command is given one: an error at once that names it, and never a wait or a read without end.
/// </summary>
public sealed class SpecialFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _source;

    public SpecialFileTests() => _source = Directory.CreateDirectory(Path.Combine(_folder.Path, "source")).FullName;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Copy_Fifo_IsRefused()
    {
        Run("mkfifo", Path.Combine(_source, "pipe"));
        await ShouldBeRefusedAsync(_source, "/pipe' cannot be copied: it is a FIFO.");
    }

    [Fact]
    public async Task Copy_Socket_IsRefused()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(Path.Combine(_source, "socket")));
        await ShouldBeRefusedAsync(_source, "/socket' cannot be copied: it is a socket.");
    }

    // The host's own has terminals, and may have disks.
    [Fact]
    public Task Copy_Device_IsRefused() => ShouldBeRefusedAsync("/dev/pts", "cannot be copied: it is a device.");

    [Fact]
    public async Task Copy_NameThatIsNotUtf8_IsRefused()
    {
        Run("sh", "-c", "touch \"$0/$(printf 'bad\\377')\"", _source);
        await ShouldBeRefusedAsync(_source, "cannot be copied: its name is not UTF-8.");

        // Directory.Delete cannot name it either.
        Run("rm", "-r", _source);
    }

    [MakeDeviceFact]
    public async Task Copy_HarmlessDevice_IsOurs()
    {
        Directory.CreateDirectory(Path.Combine(_source, "root"));
        Run("mknod", "-m", "666", Path.Combine(_source, "root", "full"), "c", "1", "7");
        var body = $"(if (i32.eqz {SmallGuest.Open("data/root/full")}) (then {SmallGuest.ExitWith(SmallGuest.Write(4))}))";
        var result = await ToolProcess.RunAsync("--copy", _source + "::/data", _folder.Write("guest.wasm", SmallGuest.Assemble(body, "data/root/full")));
        result.ExitCode.Should().Be((int)Errno.NoSpc, result.Error);
    }

    // Holes are none of the limit's bytes; reading through them would take minutes.
    [Fact]
    public async Task Copy_SparseFile_KeepsItsHoles()
    {
        using (var file = File.Create(Path.Combine(_source, "sparse")))
        {
            file.SetLength(100L << 30);
            file.Position = 50L << 30;
            file.Write("data"u8);
        }

        var result = await ToolProcess.RunAsync("--max-files", "3000000", "--copy", _source + "::/data", ToolProcess.Guest("fault"), "exit", "3");
        result.ExitCode.Should().Be(3, result.Error);
    }

    [Theory]
    [InlineData("run", "/dev/zero", "'/dev/zero' is a device, not a module.")]
    [InlineData("run", "/", "'/' is a directory, not a module.")]
    [InlineData("run", "{fifo}", "is a pipe that nobody writes to.")]
    [InlineData("inspect", "{fifo}", "is a pipe that nobody writes to.")]
    [InlineData("serve", "{fifo}", "is a FIFO, not a module.")]
    [InlineData("serve", "/dev/zero", "is a device, not a module.")]
    public async Task Module_ThatIsNoFile_IsRefused(string command, string path, string message)
    {
        var fifo = Path.Combine(_folder.Path, "fifo");
        Run("mkfifo", fifo);
        var result = await ToolProcess.InvokeAsync(command, path == "{fifo}" ? fifo : path);
        result.ExitCode.Should().Be(1);
        result.Error.Should().Contain(message);
    }

    [Fact]
    public async Task Module_FromAPipe_Runs()
    {
        using var process = ToolProcess.Start("run", "/dev/stdin", "exit", "7");
        await process.StandardInput.BaseStream.WriteAsync(await File.ReadAllBytesAsync(ToolProcess.Guest("fault")));
        (await ToolProcess.FinishAsync(process, string.Empty)).ExitCode.Should().Be(7);
    }

    [Theory]
    [InlineData("--dir", "There is no directory '")]
    [InlineData("--copy", "There is no directory '")]
    [InlineData("--kv", "disk I/O error")]
    public async Task Mount_OfAFifo_IsRefused(string option, string message)
    {
        var fifo = Path.Combine(_folder.Path, "fifo");
        Run("mkfifo", fifo);
        var result = await ToolProcess.RunAsync(option, (option == "--kv" ? "sqlite:" : "") + fifo + "::/data", ToolProcess.Guest("fault"), "exit", "0");
        result.ExitCode.Should().Be(1);
        result.Error.Should().MatchRegex("^wasicloud: [^\n]*\n$").And.Contain(message);
    }

    // docs/filesystem.md, "always there".
    [Theory]
    [InlineData((int)Errno.Success, "--mem", "/data")]
    [InlineData((int)Errno.Success, "--ro-dir", "{source}::/")]
    [InlineData((int)Errno.Success, "--copy", "{source}::/")]
    [InlineData((int)Errno.Success, "--ro-dir", "/dev::/dev")]
    [InlineData((int)Errno.NoEnt, "--mem", "/dev")]
    [InlineData((int)Errno.BadF, "--env", "NO=MOUNT")]
    public async Task Run_WithFiles_HasDevices(int expected, string option, string value)
    {
        var guest = _folder.Write("guest.wasm", SmallGuest.Assemble(SmallGuest.ExitWith(SmallGuest.Open("dev/null")), "dev/null"));
        var result = await ToolProcess.RunAsync(option, value.Replace("{source}", _source, StringComparison.Ordinal), guest);
        result.ExitCode.Should().Be(expected, result.Error);
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        process.ExitCode.Should().Be(0);
    }

    private static async Task ShouldBeRefusedAsync(string folder, string message)
    {
        var result = await ToolProcess.RunAsync("--copy", folder + "::/data", ToolProcess.Guest("fault"), "exit", "0");
        result.ExitCode.Should().Be(1);
        result.Error.Should().MatchRegex("^wasicloud: [^\n]*\n$").And.Contain(message);
    }
}
