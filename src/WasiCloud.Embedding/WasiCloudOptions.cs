using WasiCloud.Embedding.Authority;

namespace WasiCloud.Embedding;

/// <summary>Limits and places. Validated at start-up; not to be changed after that.</summary>
public sealed class WasiCloudOptions
{
    /// <summary>How long a guest may run, waiting included. Default 30 s; more than 0 and at most 24 days, or <see cref="Timeout.InfiniteTimeSpan"/>.</summary>
    public TimeSpan ExecutionTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a guest may compute: the time in which it or its host calls run, what they wait not included. For a daemon and for a guest of a WebSocket it
    /// begins anew with each request or
    /// message that the guest begins to read, and what such a guest computes on its own account counts as far as it computes more than it waits. Default <see
    /// cref="Timeout.InfiniteTimeSpan"/>:
    /// only <see cref="ExecutionTimeout"/> limits it; otherwise more than 0 and at most 24 days. Looked at every 5 ms and after each wait. On Linux it is the
    /// processor's time; elsewhere, and
    /// for stretches of less than 5 ms, the time that passed.
    /// </summary>
    public TimeSpan MaxCpuTime { get; set; } = Timeout.InfiniteTimeSpan;

    /// <summary>
    /// Guests that compute at one time; others wait for their turn, and those that wait for anything else need none. Modules take turns by what they have used.
    /// While nobody waits, as many again may begin, for their first 5 ms.
    /// Default: the number of processors;
    /// 1 to 1,024.
    /// </summary>
    public int MaxComputingGuests { get; set; } = System.Environment.ProcessorCount;

    /// <summary>
    /// What one invocation, or one call of an instance, may burn: about one unit for each WebAssembly instruction, the same on every machine, whatever else
    /// runs there. Default <see langword="null"/>: fuel is not counted, which makes computing up to about a third faster; otherwise 0 or more.
    /// </summary>
    public long? MaxFuel { get; set; }

    /// <summary>What commands run on. Default <see cref="GuestExecution.Threads"/>. Reactors run on the thread that calls them.</summary>
    public GuestExecution Execution { get; set; } = GuestExecution.Threads;

    /// <summary>Linear memory of one guest, in bytes. Default 128 MiB; 64 KiB to 4 GiB.</summary>
    public long MaxMemoryBytes { get; set; } = 128L << 20;

    /// <summary>Elements of each of a guest's tables, of which it may have 4. Default 20,000; 1 to 10,000,000.</summary>
    public int MaxTableElements { get; set; } = 20_000;

    /// <summary>WebAssembly call stack of one guest, in bytes. Default 512 KiB; 64 KiB to 64 MiB.</summary>
    public int MaxStackBytes { get; set; } = 512 << 10;

    /// <summary>Open descriptors of one guest. Default 1,024; 4 to 65,536.</summary>
    public int MaxDescriptors { get; set; } = 1024;

    /// <summary>Bytes of one response body. Default 4 GiB; 0 or more.</summary>
    public long MaxResponseBytes { get; set; } = 4L << 30;

    /// <summary>Bytes of a response's status line and header fields together. Default 32 KiB; 256 B to 1 MiB.</summary>
    public int MaxResponseHeadBytes { get; set; } = 32 << 10;

    /// <summary>
    /// Bytes of a request or response body in the forms that hold it as a whole (<c>/request/json</c>, <c>/response/json</c>). Default 4 MiB; 0 to 1 GiB.
    /// </summary>
    public int MaxJsonBodyBytes { get; set; } = 4 << 20;

    /// <summary>
    /// Bytes of host memory that one response body may take while it waits for the client, before the guest's writes wait. Default 1 MiB; 4 KiB to 1 GiB.
    /// It is less when many wait: <see cref="MaxResponseBufferBytes"/>.
    /// </summary>
    public int ResponseBufferBytes { get; set; } = 1 << 20;

    /// <summary>
    /// Bytes of host memory that all response bodies may take together while they wait for their clients, also after their guests have ended. Default 256 MiB;
    /// 0 or more. Each may take an eighth of what is left, and 20 KiB even if nothing is, which is then added: nobody waits for another's client. An
    /// application that examines and does not consume (<see cref="System.IO.Pipelines.PipeReader.AdvanceTo(SequencePosition, SequencePosition)"/>) gets more of
    /// its response, which counts.
    /// </summary>
    public long MaxResponseBufferBytes { get; set; } = 256L << 20;

    /// <summary>
    /// Bytes that a guest's private <c>/tmp</c> may take of the host's memory: contents, and 576 B with 2 B for each character of the name for each file,
    /// directory and link. Default 64 MiB; 0 or more. Beyond it is <c>ENOSPC</c>.
    /// </summary>
    public long MaxTemporaryBytes { get; set; } = 64L << 20;

    /// <summary>
    /// Files, directories and links below a guest's private <c>/tmp</c>, further hard links included. Default 65,536; 0 or more. One more is <c>ENOSPC</c>.
    /// </summary>
    public int MaxTemporaryNodes { get; set; } = 65_536;

    /// <summary>
    /// Characters that one guest may write to the log from start to end, standard output and error together, as they are logged: escaped, without the ends of
    /// lines. Default 1 MiB; 0 or more. What is more is left out, and counted in one entry at the guest's end. It holds for guests whose time is limited;
    /// daemons, instances and guests of connections have the limits of a second only.
    /// </summary>
    public long MaxLogBytes { get; set; } = 1 << 20;

    /// <summary>
    /// Lines that one guest may write to the log from start to end, as <see cref="MaxLogBytes"/>. A line of more than 8 KiB counts as several. Default 10,000;
    /// 0 or more.
    /// </summary>
    public long MaxLogLines { get; set; } = 10_000;

    /// <summary>
    /// Characters that one guest may write to the log within a second. Default 256 KiB; 0 or more. What is more is left out; a guest whose time is not limited
    /// gets an entry that counts it when it writes after the end of that second, or ends.
    /// </summary>
    public long MaxLogBytesPerSecond { get; set; } = 256 << 10;

    /// <summary>Lines that one guest may write to the log within a second, as <see cref="MaxLogBytesPerSecond"/>. Default 1,000; 0 or more.</summary>
    public long MaxLogLinesPerSecond { get; set; } = 1_000;

    /// <summary>
    /// Entries of one kind and module that the log category <c>WasiCloud.Audit</c> gets within a second; before the next one it is told how many were
    /// left out. The application's own sinks (<see cref="Authority.IGuestAudit"/>) get all. Default 10; 0 or more, 0 for none.
    /// </summary>
    public int MaxAuditEntriesPerSecond { get; set; } = 10;

    /// <summary>
    /// Bytes of one module. Default 256 MiB; 8 B to 1 GiB. Compiling takes all cores, in this process cannot be cancelled, and takes time in proportion to
    /// the size, up to seconds for a
    /// megabyte of hostile code: lower it where modules come from strangers, and set <see cref="ModuleCompilation"/>.
    /// </summary>
    public int MaxModuleBytes { get; set; } = 256 << 20;

    /// <summary>
    /// Memory that the compiler may take for one module, in bytes, as it is estimated before anything is compiled: from the number of functions, the size of
    /// code and data, and the locals, blocks and calls of the largest functions, as many of them as there are processors, on which the compiler works at one
    /// time. The estimate of a real program is within a factor of 2 of what it takes. Default 1 GiB, which interpreters such as CRuby stay below and LLVM (2
    /// GB) does not; 1 MiB to 1 TiB. Modules that are compiled at one time share it: one that together with the others is estimated at more waits for them. Out
    /// of process it is also what a child may take, beside what it needs itself (64 MiB and 4 MiB for each processor).
    /// </summary>
    public long MaxCompilationBytes { get; set; } = 1L << 30;

    /// <summary>
    /// Modules that are compiled at one time, in this process or in children; others wait, first come first served. Default: the number of processors; 1 to
    /// 64.
    /// </summary>
    public int MaxConcurrentCompilations { get; set; } = Math.Min(System.Environment.ProcessorCount, 64);

    /// <summary>
    /// Where modules are compiled. Default <see cref="ModuleCompilation.InProcess"/>; where they come from strangers,
    /// <see cref="ModuleCompilation.OutOfProcess"/> (Linux).
    /// </summary>
    public ModuleCompilation ModuleCompilation { get; set; } = ModuleCompilation.InProcess;

    /// <summary>
    /// How long a child may compile one module; its start, for which it has 30 s, does not count. It is time that passes, and children run at nice 10: on a
    /// busy machine they take longer. Default 2 min; more than 0 and at most 24 days, or
    /// <see cref="Timeout.InfiniteTimeSpan"/>. Out of process only.
    /// </summary>
    public TimeSpan MaxCompilationTime { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Program and arguments that are started to compile, for an application that cannot call <c>GuestCompiler.RunIfRequested</c> or wants to confine the
    /// compiler further: <c>wasicloud</c> of the same version is
    /// one, also behind a sandbox (<c>bwrap ... wasicloud</c>). Whoever can change that program runs code in this process. Default empty: this program
    /// itself. Out of process only.
    /// </summary>
    public IList<string> CompilerCommand { get; } = [];

    /// <summary>
    /// Guests that run at one time; further invocations wait. A guest of a module with <c>externref</c> counts twice (<see cref="GuestModule.SlotsPerGuest"/>).
    /// Default 1,000; 1 to 10,000, and no more than the process has addresses (4 GiB each), memory (64 KiB each) and, on Linux, memory mappings for (6 each on
    /// fibers, 10 on threads).
    /// </summary>
    public int MaxConcurrentInvocations { get; set; } = 1_000;

    /// <summary>
    /// Guests of one module that run at one time. Default <see langword="null"/>: at most seven times as many as there are places left, so that no module takes
    /// the last ones: alone, it has 875 of
    /// 1,000; with less than 4 places there is no such share. 1 to 10,000; <see cref="MaxConcurrentInvocations"/> lets one module take all. <see
    /// cref="GuestModuleOptions.MaxConcurrentInvocations"/> is
    /// for one module.
    /// </summary>
    public int? MaxConcurrentInvocationsPerModule { get; set; }

    /// <summary>
    /// Invocations that wait for others to end; one more fails at once with <see cref="GuestLimit.Queue"/>: it, or if another module has more of them, the last
    /// of the module that has most. Default
    /// 10,000; 0 to 1,000,000. The module that runs fewest guests is next; each has an order of arrival.
    /// </summary>
    public int MaxQueuedInvocations { get; set; } = 10_000;

    /// <summary>
    /// How long an invocation waits for its turn before it fails with <see cref="GuestLimit.Concurrency"/>. Default 10 s; 0 or more. A WebSocket that is to be
    /// accepted waits as long, and at least 100 ms,
    /// for a place of <see cref="MaxComputingGuests"/> as well (<see cref="GuestLimit.Computing"/>).
    /// </summary>
    public TimeSpan QueueTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// What guests may do at most, whatever the policies of their modules, endpoints and requests say. Default <see langword="null"/>: what those say, and
    /// everything where there is none.
    /// </summary>
    public GuestPolicy? Policy { get; set; }

    /// <summary>
    /// Whether a guest that no policy binds is refused (<see cref="InvalidOperationException"/>). Default <see langword="false"/>: it sees every mount, and the
    /// log says once for each module that it runs so.
    /// </summary>
    public bool RequirePolicy { get; set; }

    /// <summary>Environment variables of every guest; a request's own override them.</summary>
    public IDictionary<string, string> Environment { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>
    /// Folder of compiled modules, or <see langword="null"/> to compile each time. Whoever can write there can run code in this process, so it is created for
    /// the current user only, and refused if anybody but
    /// the current user and root could write to it, to a folder above it that is not sticky (as <c>/tmp</c> is), or owns one, or a symbolic link on the way.
    /// Default: <c>wasicloud/modules</c> in the user's cache folder.
    /// </summary>
    public string? ModuleCacheFolder { get; set; } = DefaultModuleCacheFolder();

    private static string? DefaultModuleCacheFolder()
    {
        var cache = System.Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        if (string.IsNullOrEmpty(cache) || !Path.IsPathRooted(cache))
        {
            var home = System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile);
            cache = OperatingSystem.IsWindows()
                ? System.Environment.GetFolderPath(System.Environment.SpecialFolder.LocalApplicationData)
                : home.Length == 0 ? string.Empty : Path.Combine(home, ".cache");
        }

        return cache.Length == 0 ? null : Path.Combine(cache, "wasicloud", "modules");
    }
}
