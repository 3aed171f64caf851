using System.IO.Pipelines;
using System.Text;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.Tests.Hosting;

namespace WasiCloud.Embedding;

/// <summary>
/// A guest that has appended its text to <c>/beta/kv/local/log</c> and waits before it closes the file, so that a test knows when its commit is sent.
/// </summary>
internal sealed class AppendingGuest
{
    public const string Key = "log";

    /// <summary>What the guest appends.</summary>
    public const string Text = "once;";

    private const string Path = "beta/kv/local/" + Key;

    private readonly Pipe _input = new();
    private readonly Pipe _output = new();
    private readonly Task _run;

    private AppendingGuest(TestHost host, GuestModule module) =>
        _run = host.RunAsync(module, new InvocationRequest { StandardInput = _input.Reader, StandardOutput = _output.Writer, Timeout = TestHost.Patience });

    /// <summary>Makes the module. The guest exits with the errno of the first call that fails.</summary>
    public static Task<GuestModule> LoadAsync(TestHost host) =>
        host.LoadTextAsync(GuestText.Command(Path, "(call $open_append) (call $write) (call $wait) (call $close)", Text, $"""
        (func $open_append
          (call $check (call $path_open
            (i32.const 3) (i32.const 0) (i32.const 1024) (i32.const {Path.Length}) (i32.const 1)
            (i64.const 0x40) (i64.const 0) (i32.const 1) (i32.const 0)))
          (global.set $descriptor (i32.load (i32.const 0))))
        (func $wait
          (call $write_to (i32.const 1))
          (i32.store (i32.const 8) (i32.const 4096))
          (i32.store (i32.const 12) (i32.const 1))
          (call $check (call $fd_read (i32.const 0) (i32.const 8) (i32.const 1) (i32.const 4))))
        """));

    /// <summary>Starts a guest and waits until it has appended.</summary>
    public static async Task<AppendingGuest> StartAsync(TestHost host, GuestModule module)
    {
        var guest = new AppendingGuest(host, module);
        await Task.WhenAny(guest._run, guest._output.Reader.ReadAsync().AsTask()).WaitAsync(TestHost.Patience);
        return guest;
    }

    /// <summary>Starts a guest and lets it end.</summary>
    public static async Task<int> RunAsync(TestHost host, GuestModule module) => await (await StartAsync(host, module)).CloseAsync();

    /// <summary>Lets the guest close its file.</summary>
    /// <returns>What it exits with.</returns>
    public async Task<int> CloseAsync()
    {
        await _input.Writer.WriteAsync("x"u8.ToArray());
        try
        {
            await _run;
            return 0;
        }
        catch (GuestExitException exception)
        {
            return exception.ExitCode;
        }
    }

    /// <summary>How often a guest's text is in the value, which must hold nothing else.</summary>
    public static async Task<int> CountAsync(IKeyValueBackend backend)
    {
        var entry = await backend.GetAsync(Key, int.MaxValue, default);
        var value = entry is null ? string.Empty : Encoding.UTF8.GetString(entry.Value!.Value.Span);
        var count = value.Length / Text.Length;
        return value == string.Concat(Enumerable.Repeat(Text, count)) ? count : throw new InvalidOperationException($"The value is '{value}'.");
    }
}
