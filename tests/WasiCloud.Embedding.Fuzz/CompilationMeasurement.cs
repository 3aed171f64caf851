using System.Diagnostics;
using System.Globalization;
using WasiCloud.Embedding.Engine.Compilation;
using WasiCloud.Embedding.Fuzz.Modules;

namespace WasiCloud.Embedding.Fuzz;

/// <summary>Measures what one compilation costs. Each takes a process of its own, because the peak of memory never falls.</summary>
internal static class CompilationMeasurement
{
    /// <summary>Tells the estimate for a module in a file.</summary>
    public static async Task<string> EstimateAsync(string path)
    {
        var wasm = await File.ReadAllBytesAsync(path);
        var watch = Stopwatch.StartNew();
        var cost = CompilationEstimate.Of(wasm);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Path.GetFileName(path)}: {wasm.Length} bytes, {cost.Bytes / 1048576.0:F1} MiB, {cost.FunctionBytes / 1048576.0:F1} of them for function " +
                $"{cost.Function}, told in {watch.Elapsed.TotalMilliseconds:F1} ms");
    }

    public static async Task<string> RunAsync(string kind, int bytes)
    {
        await using var host = new FuzzHost();
        using var process = Process.GetCurrentProcess();
        var wasm = CompilationBombs.All[kind](bytes);
        var (processor, watch, ending) = (process.TotalProcessorTime, Stopwatch.StartNew(), Ending.Ok);
        try
        {
            using var module = await host.Host.LoadAsync(wasm, kind);
        }
        catch (InvalidGuestModuleException exception)
        {
            ending = exception.Message;
        }

        process.Refresh();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{kind}: {wasm.Length} bytes, estimated {CompilationEstimate.Of(wasm).Bytes >> 20} MiB, {watch.Elapsed.TotalMilliseconds:F0} ms, " +
                $"{(process.TotalProcessorTime - processor).TotalMilliseconds:F0} ms of processors, peak {process.PeakWorkingSet64 >> 20} MiB: {ending}");
    }
}
