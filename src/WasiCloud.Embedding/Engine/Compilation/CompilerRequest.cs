using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace WasiCloud.Embedding.Engine.Compilation;

/// <summary>What a host asks a compiler process for, on the process's standard input.</summary>
/// <param name="Key">What the code must be compatible with.</param>
/// <param name="Settings">The engine's, as far as they change the code or what is valid.</param>
/// <param name="MaxBytes">Memory that compiling may take, in bytes.</param>
/// <param name="Wasm">The module.</param>
internal sealed record CompilerRequest(string Key, EngineSettings Settings, long MaxBytes, ReadOnlyMemory<byte> Wasm)
{
    private const int BufferBytes = 64 << 10;

    /// <summary>What a process that can compile says first, before it is asked.</summary>
    public static ReadOnlySpan<byte> Greeting => "wasicloud-compiler 1\n"u8;

    public void WriteTo(Stream stream)
    {
        // A small one is written at once.
        var buffered = new BufferedStream(stream, BufferBytes);
        using var writer = new BinaryWriter(buffered, Encoding.UTF8, leaveOpen: true);
        writer.Write(Key);
        writer.Write(Settings.MaxMemoryBytes);
        writer.Write(Settings.MaxTableElements);
        writer.Write(Settings.MaxStackBytes);
        writer.Write(Settings.CountsFuel);
        writer.Write(MaxBytes);
        writer.Write(Wasm.Length);
        writer.Write(Wasm.Span);
        buffered.Flush();
    }

    /// <returns>Whether there was one before the stream ended.</returns>
    public static bool TryReadFrom(Stream stream, [NotNullWhen(true)] out CompilerRequest? request)
    {
        try
        {
            request = ReadFrom(stream);
            return true;
        }
        catch (EndOfStreamException)
        {
            request = null;
            return false;
        }
    }

    private static CompilerRequest ReadFrom(Stream stream)
    {
        using var reader = new BinaryReader(stream, Encoding.UTF8, leaveOpen: true);
        var key = reader.ReadString();

        // One instance: what a compiler needs of the pool is that it has the same kind.
        var settings = new EngineSettings(reader.ReadInt64(), reader.ReadInt32(), reader.ReadInt32(), MaxInstances: 1, CountsFuel: reader.ReadBoolean());
        var maxBytes = reader.ReadInt64();
        var wasm = GC.AllocateUninitializedArray<byte>(reader.ReadInt32());
        stream.ReadExactly(wasm);
        return new CompilerRequest(key, settings, maxBytes, wasm);
    }
}
