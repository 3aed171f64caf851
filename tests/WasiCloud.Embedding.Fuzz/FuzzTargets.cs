using System.Diagnostics.CodeAnalysis;
using WasiCloud.Embedding.Fuzz.Imports;
using WasiCloud.Embedding.Fuzz.Modules;

namespace WasiCloud.Embedding.Fuzz;

/// <summary>What a fuzzer feeds with bytes. Any exception but those that are promised is a finding.</summary>
internal sealed class FuzzTargets : IAsyncDisposable
{
    private readonly ImportFuzzer _imports = new();
    private readonly FuzzHost _host = new();

    /// <summary>Finds a target by its name: <c>imports</c> or <c>module</c>.</summary>
    public bool TryFind(string name, [NotNullWhen(true)] out Func<ReadOnlyMemory<byte>, Task>? target)
    {
        target = name switch { "imports" => RunImportsAsync, "module" => RunModuleAsync, _ => null };
        return target is not null;
    }

    public async ValueTask DisposeAsync()
    {
        _imports.Dispose();
        await _host.DisposeAsync();
    }

    private Task RunImportsAsync(ReadOnlyMemory<byte> bytes) => _imports.RunAsync(bytes);

    private async Task RunModuleAsync(ReadOnlyMemory<byte> bytes)
    {
        var ending = await _host.LoadAndRunAsync(bytes.ToArray(), TimeSpan.FromMilliseconds(50));

        // A name of an ending has no blanks; anything else is the text of an exception that nobody promised.
        if (ending.Contains(' ', StringComparison.Ordinal)) throw new FuzzFailureException(ending);
        if (ending == Ending.Exit(CallAnything.NotAnErrno)) throw new FuzzFailureException("A host call answered what is not an errno.");
    }
}
