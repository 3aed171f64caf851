using System.Globalization;
using System.Text.RegularExpressions;
using WasiCloud.Embedding.Engine.Interop;
using WasiCloud.Embedding.Text;
using WasiCloud.Embedding.Wasm;

namespace WasiCloud.Embedding.Engine.Compilation;

/// <summary>Tells what is wrong with a module before it runs.</summary>
internal static partial class ModuleInspection
{
    /// <summary>Characters of a message of the compiler, which may quote names of the module, of up to 100,000 bytes each.</summary>
    public const int MaxMessageLength = 1_000;

    private const long PageBytes = 64 << 10;

    /// <summary>Checks the size, before anything is hashed or compiled.</summary>
    public static void CheckSize(int length, int maxModuleBytes)
    {
        if (length > maxModuleBytes)
            throw new InvalidGuestModuleException(string.Create(
                CultureInfo.InvariantCulture, $"The module has {length} bytes; MaxModuleBytes is {maxModuleBytes}."));
    }

    /// <summary>Checks that the compiler will not take more memory than it may.</summary>
    /// <returns>What it is estimated to take, in bytes.</returns>
    public static long CheckCompilation(ReadOnlySpan<byte> wasm, long maxCompilationBytes)
    {
        var cost = CompilationEstimate.Of(wasm);
        if (cost.Bytes <= maxCompilationBytes) return cost.Bytes;
        var message = string.Create(
            CultureInfo.InvariantCulture,
            $"Compiling the module may take {cost.Bytes} bytes of memory, {cost.FunctionBytes} of them for function {cost.Function}; MaxCompilationBytes is " +
                $"{maxCompilationBytes}.");
        throw new InvalidGuestModuleException(message, cost.Offset);
    }

    /// <summary>Checks the first eight bytes.</summary>
    public static void CheckHeader(ReadOnlySpan<byte> wasm)
    {
        switch (BinaryHeader.Read(wasm))
        {
            case BinaryKind.Module:
                return;
            case BinaryKind.CutOff:
                throw new InvalidGuestModuleException("Not a WebAssembly module: it ends within its 8-byte header.", wasm.Length);
            case BinaryKind.Component:
                throw new InvalidGuestModuleException("A WebAssembly component, not a core module: build for wasip1, or extract the module with 'wasm-tools " +
                    "component unbundle'.", offset: 4);
            case BinaryKind.UnknownVersion:
                var version = Convert.ToHexString(wasm[4..BinaryHeader.Length]);
                throw new InvalidGuestModuleException($"WebAssembly binary version {version} is not supported; version 1 is.", offset: 4);
            default:
                throw new InvalidGuestModuleException("Not a WebAssembly module: it does not start with the bytes 00 61 73 6D (\"\\0asm\").", offset: 0);
        }
    }

    /// <summary>Whether <see cref="CheckExports"/> looks at the type of an export.</summary>
    public static bool NeedsTypeOf(string name) => name is "memory" or "_start" or "_initialize";

    /// <summary>Requires something to run, and the memory that it and the host share.</summary>
    public static GuestModuleKind CheckExports(IReadOnlyList<ModuleExport> exports, IReadOnlyList<ModuleImport> imports, long maxMemoryBytes)
    {
        var kind = KindOf(exports);
        var memory = exports.FirstOrDefault(export => export.Name is "memory");
        if (memory is null && (kind == GuestModuleKind.Command || imports.Count > 0))
            throw new InvalidGuestModuleException("The module does not export its memory as 'memory'.");
        if (memory is not null) CheckMemory(memory, maxMemoryBytes);
        return kind;
    }

    /// <summary>How large the memory of a guest is when it starts, in bytes; 0 if it exports none. The module has been checked.</summary>
    public static long MinMemoryBytes(IReadOnlyList<ModuleExport> exports) =>
        exports.FirstOrDefault(export => export.Name is "memory")?.Type is MemoryType type ? (long)(type.Minimum * PageBytes) : 0;

    /// <summary>Turns a compiler's message into the public exception.</summary>
    public static InvalidGuestModuleException ToException(string message)
    {
        var offset = OffsetPattern().Match(message);
        var line = string.Join(": ", message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        return new InvalidGuestModuleException(
            $"Not a valid WebAssembly module: {SafeText.Of(line, MaxMessageLength)}",
            offset.Success ? long.Parse(offset.Groups["offset"].Value, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) : null);
    }

    // A reactor without _initialize has nothing to initialize.
    private static GuestModuleKind KindOf(IReadOnlyList<ModuleExport> exports)
    {
        foreach (var name in (string[])["_start", "_initialize"])
        {
            var export = exports.FirstOrDefault(export => export.Name == name);
            if (export is null) continue;
            if (export.Type is not FunctionType { Parameters.Count: 0, Results.Count: 0 })
                throw new InvalidGuestModuleException($"The export {SafeText.Of(export.ToString())} is not a function without parameters and results.");
            return name is "_start" ? GuestModuleKind.Command : GuestModuleKind.Reactor;
        }

        return exports.Any(export => export.Kind == ExternKind.Function)
            ? GuestModuleKind.Reactor
            : throw new InvalidGuestModuleException("The module exports no function: neither '_start', as a command does, nor others, as a reactor does.");
    }

    private static void CheckMemory(ModuleExport memory, long maxMemoryBytes)
    {
        if (memory.Type is not MemoryType type) throw new InvalidGuestModuleException($"The export {memory} is not a memory.");
        var minimum = (decimal)type.Minimum * PageBytes;
        if (minimum > maxMemoryBytes)
            throw new InvalidGuestModuleException(string.Create(
                CultureInfo.InvariantCulture, $"The module needs at least {minimum} bytes of memory; MaxMemoryBytes is {maxMemoryBytes}."));
    }

    [GeneratedRegex(@"at offset 0x(?<offset>[0-9a-f]{1,15})", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex OffsetPattern();
}
