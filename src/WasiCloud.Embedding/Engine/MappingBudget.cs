using System.Globalization;

namespace WasiCloud.Embedding.Engine;

/// <summary>Compares what a full host needs with the memory mappings that Linux allows a process: beyond them Wasmtime ends the process, and so may anything else that maps memory.</summary>
internal static class MappingBudget
{
    // Measured with all of 1,000 guests parked (sysctl vm.max_map_count; lines of /proc/self/maps): a guest's memory and table are 4; its fiber's stack 2 more, its thread 6.
    private const int PerGuestOnAFiber = 6;
    private const int PerGuestOnAThread = 10;

    private const string LimitFile = "/proc/sys/vm/max_map_count";
    private const string MapsFile = "/proc/self/maps";

    /// <summary>Checks before the engine is made.</summary>
    /// <exception cref="InvalidOperationException">The process could run out of mappings.</exception>
    public static void Check(EngineSettings settings)
    {
        if (!OperatingSystem.IsLinux() || !File.Exists(LimitFile)) return;
        var limit = long.Parse(File.ReadAllText(LimitFile), CultureInfo.InvariantCulture);

        // Small hosts need not count what is in use.
        if (Needed(settings) <= limit / 4) return;
        Check(settings, limit, File.ReadLines(MapsFile).LongCount());
    }

    /// <summary>Checks against numbers that are known.</summary>
    /// <param name="settings">The engine to be.</param>
    /// <param name="limit">Mappings that the process may have.</param>
    /// <param name="used">Mappings that it has.</param>
    /// <exception cref="InvalidOperationException">The process could run out of mappings.</exception>
    public static void Check(EngineSettings settings, long limit, long used)
    {
        var needed = Needed(settings);
        if (used + needed <= limit) return;
        throw new InvalidOperationException(string.Create(
            CultureInfo.InvariantCulture,
            $"{nameof(WasiCloudOptions.MaxConcurrentInvocations)} is {settings.MaxInstances}, which may take {needed} memory mappings; this process has {used}, and the system allows it {limit}. Lower it, or raise the system's limit (sysctl vm.max_map_count)."));
    }

    private static long Needed(EngineSettings settings) => (long)settings.MaxInstances * (settings.WantsFibers ? PerGuestOnAFiber : PerGuestOnAThread);
}
