using System.Globalization;
using SharpFuzz;
using WasiCloud.Embedding.Fuzz;
using WasiCloud.Embedding.Fuzz.Deadlines;
using WasiCloud.Embedding.Fuzz.FileCalls;
using WasiCloud.Embedding.Fuzz.Modules;
using WasiCloud.Embedding.Fuzz.Soak;
using WasiCloud.Embedding.Hosting;

// Hosts that compile out of process start this program again.
GuestCompiler.RunIfRequested(args);

const string usage = """
    usage: imports|module            read inputs from afl-fuzz
           libfuzzer imports|module  read inputs from libfuzzer-dotnet
           replay FOLDER             run FOLDER/imports/* and FOLDER/module/*
           soak [--invocations N] [--modules N] [--seed N]
           deadlines [--rounds N] [--seed N] [--only TEXT]
           compile KIND BYTES        compile one module of CompilationBombs
           estimate MODULE...        tell what the largest function of each is estimated to take
           responses COUNT MIB       tell what responses hold that nobody reads
           record FOLDER             write the seed corpus
           filecalls [--sequences N] [--seed N] [--record FILE]
    """;

switch (args)
{
    case ["imports" or "module"]:
        await FuzzAsync(args[0], action => Fuzzer.OutOfProcess.Run(action));
        return 0;
    case ["libfuzzer", "imports" or "module"]:
        await FuzzAsync(args[1], action => Fuzzer.LibFuzzer.Run(span => action(new MemoryStream(span.ToArray()))));
        return 0;
    case ["replay", var folder]:
        var count = await Corpus.ReplayAsync(folder);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count} inputs, no finding"));
        return 0;
    case ["soak", ..]:
        return await new SoakRun(Option("--invocations", 1_000_000), Option("--modules", 20_000), (int)Option("--seed", 1)).RunAsync(Console.Out) ? 0 : 1;
    case ["deadlines", ..]:
        return await DeadlineCommand.RunAsync((int)Option("--rounds", 1), (int)Option("--seed", 1), Text("--only"), Console.Out) ? 0 : 1;
    case ["compile", var kind, var bytes]:
        Console.WriteLine(await CompilationMeasurement.RunAsync(kind, int.Parse(bytes, CultureInfo.InvariantCulture)));
        return 0;
    case ["estimate", ..]:
        foreach (var path in args[1..]) Console.WriteLine(await CompilationMeasurement.EstimateAsync(path));
        return 0;
    case ["responses", var responses, var mebibytes]:
        var budget = long.Parse(mebibytes, CultureInfo.InvariantCulture) << 20;
        await UnreadResponses.MeasureAsync(int.Parse(responses, CultureInfo.InvariantCulture), budget, Console.Out);
        return 0;
    case ["filecalls", ..]:
        return await new FileCallCommand((int)Option("--sequences", 2_000), (int)Option("--seed", 1), Text("--record")).RunAsync(Console.Out) ? 0 : 1;
    case ["record", var folder]:
        await Corpus.RecordAsync(folder);
        return 0;
    default:
        await Console.Error.WriteLineAsync(usage);
        return 2;
}

static async Task FuzzAsync(string name, Action<Action<Stream>> run)
{
    await using var targets = new FuzzTargets();
    if (!targets.TryFind(name, out var target)) throw new ArgumentException(name, nameof(name));
    run(stream =>
    {
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);

        // The fuzzer's loop is synchronous, and nothing here has a thread to come back to.
#pragma warning disable VSTHRD002
        target(bytes.ToArray()).GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
    });
}

long Option(string name, long otherwise)
{
    var index = Array.IndexOf(args, name);
    return index < 0 ? otherwise : long.Parse(args[index + 1], CultureInfo.InvariantCulture);
}

string Text(string name)
{
    var index = Array.IndexOf(args, name);
    return index < 0 ? string.Empty : args[index + 1];
}
