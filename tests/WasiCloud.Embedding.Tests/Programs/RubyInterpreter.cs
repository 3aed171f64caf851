using System.Buffers.Binary;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.Tests.Hosting;

namespace WasiCloud.Embedding.Tests.Programs;

/// <summary>CRuby as <c>@ruby/3.4-wasm-wasi</c> builds it: a reactor whose exports and imports are named by an early draft of the component model.</summary>
/// <remarks>Of its imports only the handles of Ruby values are needed; those from JavaScript trap if a script uses them.</remarks>
internal sealed class RubyInterpreter
{
    private readonly GuestInstance _instance;
    private readonly GuestFunction _allocate;
    private readonly GuestFunction _initialize;
    private readonly GuestFunction _evaluate;

    private RubyInterpreter(GuestInstance instance)
    {
        _instance = instance;
        _allocate = instance.GetFunction("cabi_realloc");
        _initialize = instance.GetFunction("ruby-init: func(args: list<string>) -> ()");
        _evaluate = instance.GetFunction("rb-eval-string-protect: func(str: string) -> tuple<handle<rb-abi-value>, s32>");
    }

    private static GuestModuleOptions ModuleOptions { get; } = new() { TrapUnknownImports = true };

    /// <summary>
    /// Offers the functions by which the interpreter hands out its values. Handles are never taken back: each script's values live as long as its instance.
    /// </summary>
    private static void AddImports(IWasiCloudBuilder builder)
    {
        var handles = new HandleTable();
        builder
            .AddImport("canonical_abi", "resource_new_rb-abi-value", [GuestValueType.I32], [GuestValueType.I32],
                call => call.Results[0] = handles.Add(call.Arguments[0].ToInt32()))
            .AddImport("canonical_abi", "resource_get_rb-abi-value", [GuestValueType.I32], [GuestValueType.I32],
                call => call.Results[0] = handles.Get(call.Arguments[0].ToInt32()));
    }

    /// <summary>
    /// A host for two interpreters, with a scope. The interpreter is compiled once: the next run of the tests loads it from the user's module cache.
    /// </summary>
    public static TestHost CreateHost(IKeyValueBackend store) => new(
        options =>
        {
            (options.MaxConcurrentInvocations, options.MaxMemoryBytes, options.MaxStackBytes) = (2, 512 << 20, 8 << 20);
            options.ExecutionTimeout = TimeSpan.FromMinutes(2);
            options.ModuleCacheFolder = new WasiCloudOptions().ModuleCacheFolder;
        },
        builder =>
        {
            builder.AddKeyValue(keyValue => keyValue.Scope("local").UseBackend(_ => store));
            AddImports(builder);
        });

    public static async Task<GuestModule> LoadAsync(TestHost host, string path) =>
        await host.Host.LoadAsync(await File.ReadAllBytesAsync(path), "ruby", ModuleOptions);

    /// <summary>Boots the interpreter in an instance.</summary>
    public static async Task<RubyInterpreter> BootAsync(GuestInstance instance)
    {
        var interpreter = new RubyInterpreter(instance);
        string[] arguments = ["ruby.wasm\0", "-EUTF-8\0", "-e_=0\0"];
        var list = await interpreter.AllocateAsync(alignment: 4, arguments.Length * 8);
        var entries = new byte[arguments.Length * 8];
        for (var index = 0; index < arguments.Length; index++)
        {
            var (address, length) = await interpreter.WriteAsync(arguments[index]);
            BinaryPrimitives.WriteUInt32LittleEndian(entries.AsSpan(index * 8), address);
            BinaryPrimitives.WriteInt32LittleEndian(entries.AsSpan((index * 8) + 4), length);
        }

        instance.WriteMemory(list, entries);
        await interpreter._initialize.CallAsync(list, arguments.Length);
        return interpreter;
    }

    /// <summary>Runs a script at the top level. What it raises is also told on standard error.</summary>
    /// <returns>Ruby's tag: 0 unless an exception came out of it.</returns>
    public async Task<int> EvaluateAsync(string script)
    {
        var (address, length) =
            await WriteAsync($"begin\n{script}\nrescue Exception => error\n$stderr.puts error.full_message(highlight: false)\n$stderr.flush\nraise\nend\n");
        var result = (await _evaluate.CallAsync(address, length))[0].ToUInt32();
        var state = new byte[4];
        _instance.ReadMemory(result + 4, state);
        return BinaryPrimitives.ReadInt32LittleEndian(state);
    }

    private async Task<(uint Address, int Length)> WriteAsync(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var address = await AllocateAsync(alignment: 1, bytes.Length);
        _instance.WriteMemory(address, bytes);
        return (address, bytes.Length);
    }

    private async Task<uint> AllocateAsync(int alignment, int length) => (await _allocate.CallAsync(0, 0, alignment, length))[0].ToUInt32();

    private sealed class HandleTable
    {
        private readonly List<int> _values = [];

        public int Add(int value)
        {
            lock (_values)
            {
                _values.Add(value);
                return _values.Count - 1;
            }
        }

        public int Get(int handle)
        {
            lock (_values) return _values[handle];
        }
    }
}
