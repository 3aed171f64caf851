using System.Globalization;
using System.Text;
using Microsoft.Extensions.DependencyInjection;

namespace WasiCloud.Embedding.Tests.Hosting.Imports;

/// <summary>Functions of the application with none to eight arguments in each of the six forms, and guests that call them all.</summary>
internal static class ArityImports
{
    public const int MaxArity = 8;

    /// <summary>What each arity adds up to when the first argument is 1, the second 2, and each is weighed by its place.</summary>
    public static IEnumerable<int> Weights => Enumerable.Range(0, MaxArity + 1).Select(arity => Enumerable.Range(1, arity).Sum(number => number * number));

    /// <summary>Calls them all, and traps where one returns something wrong.</summary>
    public static string Command => Module("_start");

    public static string Reactor => Module("go");

    /// <summary>Offers them.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="done">Is told what those that return nothing were given.</param>
    public static void Add(IWasiCloudBuilder builder, Action<int> done)
    {
        builder.AddImport("f", "0", () => Weigh());
        builder.AddImport("a", "0", () => done(Weigh()));
        builder.AddImport("cf", "0", (GuestCaller caller) => Weigh());
        builder.AddImport("ca", "0", (GuestCaller caller) => done(Weigh()));
        builder.AddImport("wf", "0", async (GuestAsyncCaller caller) =>
        {
            await Task.Yield();
            return Weigh();
        });
        builder.AddImport("wa", "0", async (GuestAsyncCaller caller) =>
        {
            await Task.Yield();
            done(Weigh());
        });
        builder.AddImport("f", "1", (int a) => Weigh(a));
        builder.AddImport("a", "1", (int a) => done(Weigh(a)));
        builder.AddImport("cf", "1", (GuestCaller caller, int a) => Weigh(a));
        builder.AddImport("ca", "1", (GuestCaller caller, int a) => done(Weigh(a)));
        builder.AddImport("wf", "1", async (GuestAsyncCaller caller, int a) =>
        {
            await Task.Yield();
            return Weigh(a);
        });
        builder.AddImport("wa", "1", async (GuestAsyncCaller caller, int a) =>
        {
            await Task.Yield();
            done(Weigh(a));
        });
        builder.AddImport("f", "2", (int a, int b) => Weigh(a, b));
        builder.AddImport("a", "2", (int a, int b) => done(Weigh(a, b)));
        builder.AddImport("cf", "2", (GuestCaller caller, int a, int b) => Weigh(a, b));
        builder.AddImport("ca", "2", (GuestCaller caller, int a, int b) => done(Weigh(a, b)));
        builder.AddImport("wf", "2", async (GuestAsyncCaller caller, int a, int b) =>
        {
            await Task.Yield();
            return Weigh(a, b);
        });
        builder.AddImport("wa", "2", async (GuestAsyncCaller caller, int a, int b) =>
        {
            await Task.Yield();
            done(Weigh(a, b));
        });
        builder.AddImport("f", "3", (int a, int b, int c) => Weigh(a, b, c));
        builder.AddImport("a", "3", (int a, int b, int c) => done(Weigh(a, b, c)));
        builder.AddImport("cf", "3", (GuestCaller caller, int a, int b, int c) => Weigh(a, b, c));
        builder.AddImport("ca", "3", (GuestCaller caller, int a, int b, int c) => done(Weigh(a, b, c)));
        builder.AddImport("wf", "3", async (GuestAsyncCaller caller, int a, int b, int c) =>
        {
            await Task.Yield();
            return Weigh(a, b, c);
        });
        builder.AddImport("wa", "3", async (GuestAsyncCaller caller, int a, int b, int c) =>
        {
            await Task.Yield();
            done(Weigh(a, b, c));
        });
        builder.AddImport("f", "4", (int a, int b, int c, int d) => Weigh(a, b, c, d));
        builder.AddImport("a", "4", (int a, int b, int c, int d) => done(Weigh(a, b, c, d)));
        builder.AddImport("cf", "4", (GuestCaller caller, int a, int b, int c, int d) => Weigh(a, b, c, d));
        builder.AddImport("ca", "4", (GuestCaller caller, int a, int b, int c, int d) => done(Weigh(a, b, c, d)));
        builder.AddImport("wf", "4", async (GuestAsyncCaller caller, int a, int b, int c, int d) =>
        {
            await Task.Yield();
            return Weigh(a, b, c, d);
        });
        builder.AddImport("wa", "4", async (GuestAsyncCaller caller, int a, int b, int c, int d) =>
        {
            await Task.Yield();
            done(Weigh(a, b, c, d));
        });
        builder.AddImport("f", "5", (int a, int b, int c, int d, int e) => Weigh(a, b, c, d, e));
        builder.AddImport("a", "5", (int a, int b, int c, int d, int e) => done(Weigh(a, b, c, d, e)));
        builder.AddImport("cf", "5", (GuestCaller caller, int a, int b, int c, int d, int e) => Weigh(a, b, c, d, e));
        builder.AddImport("ca", "5", (GuestCaller caller, int a, int b, int c, int d, int e) => done(Weigh(a, b, c, d, e)));
        builder.AddImport("wf", "5", async (GuestAsyncCaller caller, int a, int b, int c, int d, int e) =>
        {
            await Task.Yield();
            return Weigh(a, b, c, d, e);
        });
        builder.AddImport("wa", "5", async (GuestAsyncCaller caller, int a, int b, int c, int d, int e) =>
        {
            await Task.Yield();
            done(Weigh(a, b, c, d, e));
        });
        builder.AddImport("f", "6", (int a, int b, int c, int d, int e, int f) => Weigh(a, b, c, d, e, f));
        builder.AddImport("a", "6", (int a, int b, int c, int d, int e, int f) => done(Weigh(a, b, c, d, e, f)));
        builder.AddImport("cf", "6", (GuestCaller caller, int a, int b, int c, int d, int e, int f) => Weigh(a, b, c, d, e, f));
        builder.AddImport("ca", "6", (GuestCaller caller, int a, int b, int c, int d, int e, int f) => done(Weigh(a, b, c, d, e, f)));
        builder.AddImport("wf", "6", async (GuestAsyncCaller caller, int a, int b, int c, int d, int e, int f) =>
        {
            await Task.Yield();
            return Weigh(a, b, c, d, e, f);
        });
        builder.AddImport("wa", "6", async (GuestAsyncCaller caller, int a, int b, int c, int d, int e, int f) =>
        {
            await Task.Yield();
            done(Weigh(a, b, c, d, e, f));
        });
        builder.AddImport("f", "7", (int a, int b, int c, int d, int e, int f, int g) => Weigh(a, b, c, d, e, f, g));
        builder.AddImport("a", "7", (int a, int b, int c, int d, int e, int f, int g) => done(Weigh(a, b, c, d, e, f, g)));
        builder.AddImport("cf", "7", (GuestCaller caller, int a, int b, int c, int d, int e, int f, int g) => Weigh(a, b, c, d, e, f, g));
        builder.AddImport("ca", "7", (GuestCaller caller, int a, int b, int c, int d, int e, int f, int g) => done(Weigh(a, b, c, d, e, f, g)));
        builder.AddImport("wf", "7", async (GuestAsyncCaller caller, int a, int b, int c, int d, int e, int f, int g) =>
        {
            await Task.Yield();
            return Weigh(a, b, c, d, e, f, g);
        });
        builder.AddImport("wa", "7", async (GuestAsyncCaller caller, int a, int b, int c, int d, int e, int f, int g) =>
        {
            await Task.Yield();
            done(Weigh(a, b, c, d, e, f, g));
        });
        builder.AddImport("f", "8", (int a, int b, int c, int d, int e, int f, int g, int h) => Weigh(a, b, c, d, e, f, g, h));
        builder.AddImport("a", "8", (int a, int b, int c, int d, int e, int f, int g, int h) => done(Weigh(a, b, c, d, e, f, g, h)));
        builder.AddImport("cf", "8", (GuestCaller caller, int a, int b, int c, int d, int e, int f, int g, int h) => Weigh(a, b, c, d, e, f, g, h));
        builder.AddImport("ca", "8", (GuestCaller caller, int a, int b, int c, int d, int e, int f, int g, int h) => done(Weigh(a, b, c, d, e, f, g, h)));
        builder.AddImport("wf", "8", async (GuestAsyncCaller caller, int a, int b, int c, int d, int e, int f, int g, int h) =>
        {
            await Task.Yield();
            return Weigh(a, b, c, d, e, f, g, h);
        });
        builder.AddImport("wa", "8", async (GuestAsyncCaller caller, int a, int b, int c, int d, int e, int f, int g, int h) =>
        {
            await Task.Yield();
            done(Weigh(a, b, c, d, e, f, g, h));
        });
    }

    private static int Weigh(params ReadOnlySpan<int> arguments)
    {
        var sum = 0;
        for (var index = 0; index < arguments.Length; index++) sum += (index + 1) * arguments[index];
        return sum;
    }

    private static string Module(string export)
    {
        var (imports, calls) = (new StringBuilder(), new StringBuilder());
        foreach (var form in (string[])["f", "cf", "wf", "a", "ca", "wa"])
        {
            foreach (var (weight, arity) in Weights.Select((weight, arity) => (weight, arity)))
            {
                var returnsWeight = form.EndsWith('f');
                var parameters = string.Concat(Enumerable.Repeat(" i32", arity));
                var call = $"(call ${form}{arity}{string.Concat(Enumerable.Range(1, arity).Select(number => $" (i32.const {number})"))})";
                imports.Append(
                    CultureInfo.InvariantCulture,
                    $"(import \"{form}\" \"{arity}\" (func ${form}{arity} (param{parameters}){(returnsWeight ? " (result i32)" : "")}))");
                calls.Append(returnsWeight ? string.Create(CultureInfo.InvariantCulture,
                    $"(if (i32.ne (i32.const {weight}) {call}) (then unreachable))") : call);
            }
        }

        return $"""(module {imports} (memory (export "memory") 1) (func (export "{export}") {calls}))""";
    }
}
