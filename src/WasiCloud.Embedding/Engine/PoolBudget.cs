using System.Globalization;

namespace WasiCloud.Embedding.Engine;

/// <summary>
/// Compares what a full host needs with what the system gives a process: memory mappings, addresses, memory. Beyond the first two Wasmtime ends the process,
/// and so may anything else that maps memory.
/// </summary>
/// <param name="Mappings">Memory mappings that the process may have.</param>
/// <param name="UsedMappings">Memory mappings that it has.</param>
/// <param name="AddressBytes">Addresses that the process may reserve.</param>
/// <param name="UsedAddressBytes">Addresses that it has reserved.</param>
/// <param name="MemoryBytes">Memory that the process may use.</param>
internal sealed record PoolBudget(long Mappings, long UsedMappings, long AddressBytes, long UsedAddressBytes, long MemoryBytes)
{
    // Measured with all of 1,000 guests parked (sysctl vm.max_map_count; lines of /proc/self/maps): a guest's memory and table are 4; its fiber's stack 2 more,
    // its thread 6.
    private const int MappingsPerGuestOnAFiber = 6;
    private const int MappingsPerGuestOnAThread = 10;

    // Measured in the same way: 50 KiB on fibers, 70 KiB on threads, of which one page at least is the guest's memory.
    private const int MemoryPerGuest = 64 << 10;

    // What 64-bit processors with page tables of four levels give a process, less what .NET and the C library reserve.
    private const long UserAddressBytes = 100L << 40;

    private const string MappingLimitFile = "/proc/sys/vm/max_map_count";
    private const string MapsFile = "/proc/self/maps";
    private const string LimitsFile = "/proc/self/limits";
    private const string StatusFile = "/proc/self/status";
    private const string AddressLimitLine = "Max address space";
    private const string AddressUseLine = "VmSize:";

    /// <summary>Checks what an engine may come to need, before it is made.</summary>
    /// <param name="settings">The engine to be.</param>
    /// <param name="hasFibers">Whether its guests run on fibers.</param>
    /// <param name="addressBytes">Addresses that its pool reserves.</param>
    /// <exception cref="InvalidOperationException">The process could run out of something.</exception>
    public static void CheckProcess(EngineSettings settings, bool hasFibers, long addressBytes)
    {
        if (OperatingSystem.IsLinux() && File.Exists(MappingLimitFile)) Read().Check(settings, hasFibers, addressBytes);
    }

    /// <summary>Checks what an engine may come to need.</summary>
    /// <inheritdoc cref="CheckProcess"/>
    public void Check(EngineSettings settings, bool hasFibers, long addressBytes)
    {
        var guests = (long)settings.MaxInstances;
        var mappings = guests * (hasFibers ? MappingsPerGuestOnAFiber : MappingsPerGuestOnAThread);
        if (UsedMappings + mappings > Mappings)
            throw Refuse(settings,
                FormattableString.Invariant(
                $"{mappings} memory mappings; this process has {UsedMappings}, and the system allows it {Mappings}"), "the system's limit (sysctl " +
                "vm.max_map_count)");
        if (UsedAddressBytes + addressBytes > AddressBytes)
            throw Refuse(settings,
                FormattableString.Invariant(
                $"{addressBytes} bytes of addresses; this process has {UsedAddressBytes}, and may have {AddressBytes}"), "the process's limit (ulimit -v)");
        if (guests * MemoryPerGuest > MemoryBytes)
            throw Refuse(settings,
                FormattableString.Invariant(
                $"{guests * MemoryPerGuest} bytes of memory for the smallest of guests; this process may use {MemoryBytes}"), "the process's memory");
    }

    private static PoolBudget Read() => new(
        long.Parse(File.ReadAllText(MappingLimitFile), CultureInfo.InvariantCulture),
        File.ReadLines(MapsFile).LongCount(),
        Math.Min(UserAddressBytes, ReadNumber(LimitsFile, AddressLimitLine) ?? long.MaxValue),
        (ReadNumber(StatusFile, AddressUseLine) ?? 0) << 10,
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);

    // The first word after a name; "unlimited" is none.
    private static long? ReadNumber(string file, string name)
    {
        var line = File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
        var word = line?[name.Length..].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return long.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    private static InvalidOperationException Refuse(EngineSettings settings, string need, string limit) => new(string.Create(
        CultureInfo.InvariantCulture, $"{nameof(WasiCloudOptions.MaxConcurrentInvocations)} is {settings.MaxInstances}, which may take {need}. Lower it, or " +
            $"raise {limit}."));
}
