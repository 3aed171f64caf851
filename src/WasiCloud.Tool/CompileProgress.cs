using System.Globalization;
using System.Runtime.CompilerServices;
using Spectre.Console;
using WasiCloud.Embedding;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Tool;

/// <summary>Tells a terminal that a large module is being compiled. Small ones, and those from the cache, are there before it would show.</summary>
internal static class CompileProgress
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(300);

    public static Task<GuestModule> ShowAsync(ValueTask<GuestModule> loading, string name, long bytes) => Console.IsErrorRedirected
        ? loading.AsTask()
        : ShowAsync(loading.AsTask(), name, bytes, Console.Error, TimeProvider.System);

    /// <summary>Waits, and after a moment shows on a terminal what for.</summary>
    public static async Task<GuestModule> ShowAsync(Task<GuestModule> loading, string name, long bytes, TextWriter terminal, TimeProvider time)
    {
        using var isLoaded = new CancellationTokenSource();
        var patience = Task.Delay(Patience, time, isLoaded.Token);
        if (await Task.WhenAny(loading, patience).ConfigureAwait(false) == patience && !loading.IsCompleted)
            await SpinAsync(loading, name, bytes, terminal).ConfigureAwait(false);
        await isLoaded.CancelAsync().ConfigureAwait(false);
        return await loading.ConfigureAwait(false);
    }

    // By itself, so that a start without it does not load Spectre.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Task<Task> SpinAsync(Task loading, string name, long bytes, TextWriter terminal)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(terminal) });
        var status = string.Create(CultureInfo.InvariantCulture, $"Compiling {Markup.Escape(SafeText.OfMessage(name))} ({bytes / 1e6:F1} MB)");
        return console.Status().StartAsync(status, _ => Task.WhenAny(loading));
    }
}
