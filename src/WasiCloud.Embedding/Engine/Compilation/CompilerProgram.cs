using System.Diagnostics;
using WasiCloud.Embedding.Engine.Interop;

namespace WasiCloud.Embedding.Engine.Compilation;

/// <summary>The program that a compiler process runs: answers one request and ends.</summary>
internal static class CompilerProgram
{
    // For the runtime, which compiles its own methods and collects garbage meanwhile; and, for each processor, a thread's stack and what its allocator keeps
    // for it.
    private const long RuntimeBytes = 64L << 20;
    private const long ThreadBytes = 4L << 20;

    private const int NobodyAsked = 1;

    /// <summary>Runs it on the process's streams.</summary>
    /// <returns>The process's exit code.</returns>
    public static int Run()
    {
        ProcessLimits.Confine();
        using var input = Console.OpenStandardInput();
        using var output = Console.OpenStandardOutput();
        output.Write(CompilerRequest.Greeting);
        output.Flush();
        if (!CompilerRequest.TryReadFrom(input, out var request)) return NobodyAsked;
        EndWith(input);
        var spare = RuntimeBytes + (ThreadBytes * Environment.ProcessorCount);
        ProcessLimits.LimitMemory(request.MaxBytes + spare, (2 * request.MaxBytes) + spare);
        Answer(request, output, ProcessLimits.RaiseMemory);
        return 0;
    }

    /// <summary>Compiles, and writes what came of it.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="output">Where the answer goes.</param>
    /// <param name="compiled">Called between compiling and writing, which needs the code once more.</param>
    public static void Answer(CompilerRequest request, Stream output, Action compiled)
    {
        var key = CompatibilityKey.Of(request.Settings);
        if (key != request.Key)
        {
            CompilerAnswer.Write(output, CompilerResult.Incompatible, key);
            return;
        }

        using var engine = WasmEngine.CreateForCompilation(request.Settings);
        if (!WasmModuleHandle.TryCompile(engine, request.Wasm.Span, out var module, out var error))
        {
            CompilerAnswer.Write(output, MemoryShortage.IsToldBy(error.Message) ? CompilerResult.OutOfMemory : CompilerResult.Invalid, error.Message);
            return;
        }

        using (module)
        {
            compiled();
            var artifact = module.Serialize();
            using ((IDisposable)artifact) CompilerAnswer.Write(output, CompilerResult.Compiled, artifact.GetSpan());
        }
    }

    // The host keeps the other end open until it has the answer: when it is closed nobody waits for one any more. Nothing else could end what computes in
    // native code.
    private static void EndWith(Stream input)
    {
        var watch = new Thread(() =>
        {
            if (input.ReadByte() < 0) Process.GetCurrentProcess().Kill();
        })
        { IsBackground = true };
        watch.Start();
    }
}
