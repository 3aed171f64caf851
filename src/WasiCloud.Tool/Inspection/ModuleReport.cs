using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding;
using WasiCloud.Embedding.Text;
using WasiCloud.Embedding.Wasm;

namespace WasiCloud.Tool.Inspection;

/// <summary>Prints all there is to know of a module.</summary>
internal static class ModuleReport
{
    // As `run` does it, so that both say the same.
    private static readonly HostSettings Settings = new()
    {
        Mounts = [],
        Environment = [],
        StackBytes = null,
        MemoryBytes = 4L << 30,
        Timeout = Timeout.InfiniteTimeSpan,
        Fuel = null,
        Execution = null,
        MemoryFileBytes = HostOptions.DefaultMemoryFileBytes,
        CacheFolder = null,
        UseCache = true,
        Compilation = ModuleCompilation.InProcess,
    };

    /// <returns>The exit code: whether it can run here.</returns>
    public static async Task<int> PrintAsync(string path, CancellationToken cancellationToken)
    {
        var wasm = await ModuleFile.ReadAsync(path, cancellationToken).ConfigureAwait(false);
        var outline = OutlineReader.Read(wasm);
        var (slots, problem) = outline.Problem is { } malformed ? (0, malformed.Message) : await LoadAsync(wasm, path, cancellationToken).ConfigureAwait(false);
        var report = Describe(outline, path, wasm.Length);
        report.Add("SHA-256", Convert.ToHexStringLower(SHA256.HashData(wasm)));
        if (problem is null) report.Add("slots", SlotsOf(slots, wasm));
        report.Add("runs", problem is null ? "yes" : "no: " + problem.ReplaceLineEndings(" "));
        report.Print(Console.Out, !Console.IsOutputRedirected);
        return problem is null ? 0 : ExitCodes.Failure;
    }

    /// <summary>All but whether it runs.</summary>
    public static Report Describe(ModuleOutline outline, string path, long bytes)
    {
        var report = new Report();
        report.Add("file", path, Count(bytes));
        report.Add("kind", outline.IsComponent ? "component" : "core module");
        if (outline.Name is { } name) report.Add("name", SafeText.Of(name));
        if (ModuleNeeds.LanguageOf(outline) is { } language) report.Add("language", SafeText.Of(language));
        report.AddAll("producer", outline.Producers, static item => [SafeText.Of(item.Field), SafeText.Of(ModuleNeeds.Versioned(item.Name, item.Version))]);
        report.AddAll("memory", outline.Memories, static memory => [memory]);
        report.AddAll("import", outline.Imports, static item => [$"{SafeText.Of(item.Module)}.{SafeText.Of(item.Name)}", SafeText.Of(item.Type)]);
        report.AddAll("export", outline.Exports, static item => [SafeText.Of(item.Name), item.Kind]);
        report.AddAll("custom section", outline.CustomSections, static item => [SafeText.Of(item.Name), Count(item.Bytes)]);
        report.AddAll("feature", outline.Features, static feature => [SafeText.Of(feature)]);
        foreach (var (need, functions) in ModuleNeeds.Of(outline)) report.Add("needs", need, functions);
        report.AddAll("mentions", outline.Paths, static mount => [SafeText.Of(mount)]);
        return report;
    }

    private static string SlotsOf(int slots, ReadOnlySpan<byte> wasm) =>
        string.Create(CultureInfo.InvariantCulture, $"{slots} for each guest") + HeapNeed.Of(wasm) switch
        {
            HeapReason.None => string.Empty,
            HeapReason.Table => ", because of a table of externref: the engine makes a heap for it beside the memory",
            HeapReason.Global => ", because of a global of externref: the engine makes a heap for it beside the memory",
            HeapReason.ElementSegment => ", because of an element segment of externref: the engine makes a heap for it beside the memory",
            _ => ", because it cannot be told whether the engine makes a heap beside the memory",
        };

    // How many of a host's slots one guest takes, or why there can be none.
    private static async Task<(int SlotsPerGuest, string? Problem)> LoadAsync(byte[] wasm, string path, CancellationToken cancellationToken)
    {
        var provider = ToolHost.Create(Settings, cancellationToken);
        await using (provider.ConfigureAwait(false))
        {
            try
            {
                var host = provider.GetRequiredService<IInvocationHost>();
                using var module = await ModuleFile.LoadAsync(host, wasm, Path.GetFileName(path), path, options: null, cancellationToken).ConfigureAwait(false);
                return (module.SlotsPerGuest, null);
            }
            catch (InvalidGuestModuleException exception)
            {
                return (0, exception.Message);
            }
        }
    }

    private static string Count(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes} bytes");
}
