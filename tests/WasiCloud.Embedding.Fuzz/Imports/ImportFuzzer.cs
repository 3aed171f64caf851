using System.Globalization;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.HostCalls;

namespace WasiCloud.Embedding.Fuzz.Imports;

/// <summary>
/// Runs a program of host calls, made of any bytes, against the functions that guests import, and checks after each: the result is an errno; no byte outside
/// the memory was touched, and inside only those that the call may write, and none if it is <c>EFAULT</c>; the descriptors are those that the call says;
/// nothing was thrown. At the end nothing is left open.
/// </summary>
internal sealed class ImportFuzzer : IDisposable
{
    private const int MaxCalls = 300;
    private const ulong FourGiB = 1UL << 32;

    private static readonly ulong[] s_memorySizes = [0, 1, 8, 63, 64, 4096, 65_535, 65_536, 65_536, 65_536, 65_536, 65_536, 65_536, 131_072, 1 << 20, FourGiB];
    private static readonly int[] s_descriptorLimits = [4, 5, 8, 64, 64, 64, 64, 1024];

    private readonly HostFolder _folder = new();

    /// <summary>Calls made so far.</summary>
    public long Calls { get; private set; }

    /// <summary>How often each errno was the result.</summary>
    public Dictionary<Errno, long> Results { get; } = [];

    /// <summary>How often each function was called and did not fail.</summary>
    public Dictionary<string, long> Successes { get; } = new(StringComparer.Ordinal);

    /// <summary>Runs a program.</summary>
    /// <exception cref="FuzzFailureException">A promise was broken; the message lists the calls.</exception>
    public async Task RunAsync(ReadOnlyMemory<byte> program)
    {
        var source = new ByteSource(program);
        var header = source.Next();
        var size = s_memorySizes[header % s_memorySizes.Length];
        var (suspends, limit, reason) =
            ((header & 0x10) != 0, s_descriptorLimits[header >> 5], (source.Next() & 1) == 0 ? CloseReason.Closed : CloseReason.Abandoned);
        using var memory = new GuardedMemory(size);
        var planner = new CallPlanner(size, maxTransfer: size == FourGiB ? 4096 : uint.MaxValue);
        await using var guest = new FuzzGuest(_folder, suspends, limit);
        var trace = new List<string> { string.Create(CultureInfo.InvariantCulture, $"memory {size}, suspends {suspends}, descriptors {limit}, {reason}") };
        try
        {
            while (!source.IsEmpty && trace.Count <= MaxCalls && !guest.Ended.IsCancellationRequested)
            {
                var call = planner.Plan(source);
                trace.Add(call.ToString());
                var outcome = await CallAsync(guest, memory, call);
                var result = outcome.Error;
                trace[^1] += " = " + outcome;
                Calls++;
                Results[result] = Results.GetValueOrDefault(result) + 1;
                if (result == Errno.Success) Successes[call.Function.Name] = Successes.GetValueOrDefault(call.Function.Name) + 1;
                if (outcome.Kind != HostCallOutcomeKind.Completed) break;
            }

            await guest.CloseAsync(guest.Ended.IsCancellationRequested ? CloseReason.Abandoned : reason);
            _folder.Reset();
        }
        catch (Exception exception) when (exception is not FuzzFailureException { Data.Count: > 0 })
        {
            throw new FuzzFailureException($"{exception.Message}\n{string.Join('\n', trace)}\n{Convert.ToHexString(program.Span)}\n{exception}");
        }
    }

    public void Dispose() => _folder.Dispose();

    private static async Task<HostCallOutcome> CallAsync(FuzzGuest guest, GuardedMemory memory, PlannedCall call)
    {
        foreach (var (address, bytes) in call.Pokes) bytes.CopyTo(memory.Slice(address, bytes.Length));
        var arguments = default(CallArguments);
        for (var index = 0; index < call.Arguments.Length; index++) arguments[index] = call.Arguments[index];
        var allowed = WriteRanges.Of(call, memory, guest.Context);
        var watch = new MemoryWatch(memory);
        var before = OpenNumbers(guest.Descriptors);
        var held = guest.Held;
        guest.Context.Memory = memory.Memory;
        var outcome = call.Function.Begin(guest.Context, arguments);
        if (outcome.IsMustWait)
        {
            if (watch.FirstChange([]) is { } early) throw new FuzzFailureException($"The half that gave up changed the byte at {early}.");
            if (guest.Held != held) throw new FuzzFailureException("The half that gave up kept something.");
            outcome = await CompleteAsync(guest, call, arguments);
        }

        var result = outcome.Error;

        if (guest.Failures.Count > 0) throw new FuzzFailureException($"Thrown inside: {guest.Failures[0]}");
        if (!memory.CanariesAreIntact) throw new FuzzFailureException("Bytes in front of the memory were changed.");
        if (watch.FirstChange(result == Errno.Fault ? [] : allowed) is { } changed)
            throw new FuzzFailureException(string.Create(CultureInfo.InvariantCulture, $"The byte at {changed} was changed, result {result}."));
        if (outcome == HostCallOutcome.Ended) return outcome;
        if (outcome.Kind == HostCallOutcomeKind.Exited ? call.Function.Name != "proc_exit" : result > Errno.NotCapable)
            throw new FuzzFailureException($"{outcome} is not an errno.");
        DescriptorRules.Check(call, result, before, OpenNumbers(guest.Descriptors), memory, guest.Descriptors.MaxDescriptors);
        return outcome;
    }

    private static async Task<HostCallOutcome> CompleteAsync(FuzzGuest guest, PlannedCall call, CallArguments arguments)
    {
        try
        {
            return await call.Function.CompleteAsync(guest.Context, arguments, guest.Ended).AsTask().WaitAsync(TimeSpan.FromMinutes(5));
        }
        catch (OperationCanceledException) when (guest.Ended.IsCancellationRequested)
        {
            return HostCallOutcome.Ended;
        }
    }

    private static List<uint> OpenNumbers(DescriptorTable descriptors)
    {
        var numbers = new List<uint>();
        for (var number = 0u; number <= (uint)descriptors.MaxDescriptors; number++)
        {
            if (descriptors.TryGet(number, out _)) numbers.Add(number);
        }

        return numbers;
    }
}
