using WasiCloud.Embedding.Fuzz.Imports;
using WasiCloud.Embedding.Fuzz.Modules;

namespace WasiCloud.Embedding.Fuzz.Soak;

/// <summary>The guests of a soak, compiled once: good ones, bad ones, and one that does whatever a random program says.</summary>
internal sealed class SoakGuests : IDisposable
{
    private static readonly TimeSpan Generous = TimeSpan.FromSeconds(30);

    private static readonly string[] s_good = ["empty", "write_body", "json"];

    private readonly List<(GuestModule Module, Adversary Adversary)> _bad = [];
    private readonly List<GuestModule> _good = [];

    private SoakGuests(GuestModule anything) => Anything = anything;

    /// <summary>Does what it reads from standard input.</summary>
    public GuestModule Anything { get; }

    public static async Task<SoakGuests> LoadAsync(IInvocationHost host)
    {
        var guests = new SoakGuests(await host.LoadAsync(CallAnything.Build(), "anything"));
        foreach (var name in s_good)
            guests._good.Add(await host.LoadAsync(await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "guests", name + ".wasm")), name));
        var random = new Random(1);

        // Those that end by themselves and at once. What runs until its time is over is a kind of its own.
        string[] names =
        [
            "memory.grow by everything at once", "memory.grow by one page until it is refused, then trap", "touches behind its memory", "recursion",
            "recursive call_indirect", "divides by zero", "exits deep inside",
            "exits with 0 and leaves code behind", "opens until it may not", "start function that traps", "start function that exits",
            "start function that calls the host", "data segment behind the memory",
            "table.grow to the limit", "call_indirect of a null entry", "passive segment used after it was dropped",
            "recursion with a host call in every frame",
        ];
        foreach (var name in names)
        {
            var adversary = Adversaries.All.Single(adversary => adversary.Name == name);
            guests._bad.Add((await host.LoadAsync(adversary.Create(random), name), adversary));
        }

        return guests;
    }

    /// <summary>Runs one invocation, whose kind the generator chooses.</summary>
    public async Task<(string Kind, string Ending)> RunAsync(FuzzHost host, Random random)
    {
        var choice = random.Next(1000);
        if (choice < 300)
            return ("good", Expect(await host.RunAsync(_good[random.Next(_good.Count)], new InvocationRequest { Timeout = Generous }), Ending.Ok));
        if (choice < 500)
        {
            var (module, adversary) = _bad[random.Next(_bad.Count)];
            return ("bad", Expect(await host.RunAsync(module, new InvocationRequest { Timeout = Generous }), adversary.Endings));
        }

        // Few, because each costs its time: one that loops until its limit, one that its caller cancels.
        if (choice == 500)
            return ("time limit", Expect(await host.RunAsync(Anything, Program(CallAnything.Record(CallAnything.Operation.Loop), 1)), Ending.Time));
        if (choice == 501) return ("cancelled", await RunCanceledAsync(host));
        return ("random calls", await host.RunAsync(Anything, Program(RandomProgram(random), 1000)));
    }

    public void Dispose()
    {
        Anything.Dispose();
        foreach (var module in _good) module.Dispose();
        foreach (var (module, _) in _bad) module.Dispose();
    }

    /// <summary>A program of random calls that may end badly.</summary>
    public static byte[] RandomProgram(Random random)
    {
        var bytes = new byte[random.Next(8, 160)];
        random.NextBytes(bytes);
        var source = new ByteSource(bytes);
        var planner = new CallPlanner(CallAnything.Pages * 65_536, CallAnything.Floor);
        var calls = new List<PlannedCall>();
        while (!source.IsEmpty) calls.Add(planner.Plan(source));
        var program = CallAnything.Encode(calls.Where(call => !Waits(call)));
        var ending = random.Next(8) switch
        {
            0 => CallAnything.Operation.Trap,
            1 => CallAnything.Operation.Recurse,
            2 => CallAnything.Operation.ExitDeep,
            3 => CallAnything.Operation.Grow,
            _ => (CallAnything.Operation?)null,
        };
        return ending is { } operation ? [.. program, .. CallAnything.Record(operation, 1)] : program;
    }

    // A guest that waits until its time is over is right to, and takes a second.
    private static bool Waits(PlannedCall call) => call.Function.Name == "poll_oneoff";

    private static InvocationRequest Program(byte[] program, int milliseconds) => FuzzHost.WithProgram(program, TimeSpan.FromMilliseconds(milliseconds));

    private static string Expect(string ending, params ReadOnlySpan<string> allowed)
    {
        if (Ending.IsAmong(ending, allowed)) return ending;
        throw new FuzzFailureException($"A guest ended with '{ending}' and not with '{string.Join("' or '", allowed!)}'.");
    }

    private async Task<string> RunCanceledAsync(FuzzHost host)
    {
        using var cancellation = new CancellationTokenSource(1);
        return Expect(await host.RunAsync(Anything, Program(CallAnything.Record(CallAnything.Operation.Loop), 30_000), cancellation.Token), Ending.Canceled);
    }
}
