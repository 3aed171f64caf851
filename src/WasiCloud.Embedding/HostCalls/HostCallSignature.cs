namespace WasiCloud.Embedding.HostCalls;

/// <summary>A function of the host as guests import it: its name and parameters. Immutable.</summary>
public sealed class HostCallSignature
{
    private readonly HostCallParameter[] _parameters;
    private readonly int[] _texts;

    internal HostCallSignature(string module, string name, IEnumerable<HostCallParameter> parameters, bool returnsErrno)
    {
        (Module, Name, ReturnsErrno) = (module, name, returnsErrno);
        _parameters = [.. parameters];
        _texts = [.. Enumerable.Range(0, _parameters.Length).Where(index => _parameters[index].Role == HostCallParameterRole.Text)];
        for (var index = 0; index < Math.Min(_parameters.Length, CallArguments.MaxCount); index++)
        {
            if (_parameters[index].Type is HostCallValueType.I64 or HostCallValueType.F64) WideArguments |= 1u << index;
        }
    }

    /// <summary>The import's module name, such as <c>wasi_snapshot_preview1</c>.</summary>
    public string Module { get; }

    /// <summary>The function's name, such as <c>fd_read</c>.</summary>
    public string Name { get; }

    /// <summary>What it takes.</summary>
    public IReadOnlyList<HostCallParameter> Parameters => _parameters;

    /// <summary>Whether its result is an errno. <c>proc_exit</c> has none, and the application's own functions have results of their own.</summary>
    public bool ReturnsErrno { get; }

    /// <summary>How many parameters there are.</summary>
    internal int ParameterCount => _parameters.Length;

    /// <summary>A bit for each of the first arguments that has 64.</summary>
    internal uint WideArguments { get; }

    /// <summary>Which parameters are addresses of texts.</summary>
    internal ReadOnlySpan<int> Texts => _texts;

    /// <summary>Module and name.</summary>
    /// <returns>A text for a message.</returns>
    public override string ToString() => $"{Module}.{Name}";
}
