using System.Globalization;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.HostCalls;

namespace WasiCloud.Embedding.Tests.Preview1;

/// <summary>Writes down calls as <c>strace</c> does: <c>fd_write(1, 1024, 1, 1040) = success</c>.</summary>
internal sealed class RecordingTrace
{
    public List<string> Lines { get; } = [];

    public void Add(HostFunction function, in CallArguments arguments, HostCallOutcome outcome)
    {
        var texts = new string[function.Parameters.Count];
        for (var index = 0; index < texts.Length; index++)
        {
            texts[index] = function.Parameters[index].Type == HostCallValueType.I32
                ? arguments.U32(index).ToString(CultureInfo.InvariantCulture)
                : arguments.U64(index).ToString(CultureInfo.InvariantCulture);
        }

        var text = outcome.Kind == HostCallOutcomeKind.Exited ? "exit" : outcome.Error.ToString().ToLowerInvariant();
        Lines.Add($"{function.Name}({string.Join(", ", texts)}) = {text}");
    }
}

/// <summary>Keeps what the host would log.</summary>
internal sealed class RecordingDiagnostics : IGuestDiagnostics
{
    public List<(string Function, string Path, Exception Exception)> Entries { get; } = [];

    public void HostCallFailed(string function, string path, Exception exception) => Entries.Add((function, path, exception));
}
