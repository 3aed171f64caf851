using System.Globalization;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.HostCalls;

namespace WasiCloud.Embedding.Tests.Preview1;

/// <summary>Writes down calls as <c>strace</c> does: <c>fd_write(1, 1024, 1, 1040) = success</c>.</summary>
internal sealed class RecordingTrace : IHostCallTrace
{
    public List<string> Lines { get; } = [];

    public void HostCallEnded(HostFunction function, in CallArguments arguments, Errno result)
    {
        var texts = new string[function.Parameters.Count];
        for (var index = 0; index < texts.Length; index++)
        {
            texts[index] = function.Parameters[index] == WasmValueType.I32
                ? arguments.U32(index).ToString(CultureInfo.InvariantCulture)
                : arguments.U64(index).ToString(CultureInfo.InvariantCulture);
        }

        var outcome = result == HostFunction.Exit ? "exit" : result.ToString().ToLowerInvariant();
        Lines.Add($"{function.Name}({string.Join(", ", texts)}) = {outcome}");
    }
}

/// <summary>Keeps what the host would log.</summary>
internal sealed class RecordingDiagnostics : IGuestDiagnostics
{
    public List<(string Function, string Path, Exception Exception)> Entries { get; } = [];

    public void HostCallFailed(string function, string path, Exception exception) => Entries.Add((function, path, exception));
}
