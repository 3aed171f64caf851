namespace WasiCloud.Embedding.HostCalls;

/// <summary>A function of the host as guests import it: its name and parameters. Immutable.</summary>
public sealed class HostCallSignature
{
    private readonly HostCallParameter[] _parameters;
    private readonly HostCallValueType[] _results;
    private readonly int[] _texts;

    /// <summary>A function of the host.</summary>
    internal HostCallSignature(string module, string name, IEnumerable<HostCallParameter> parameters, bool returnsErrno)
        : this(module, name, parameters, returnsErrno ? [HostCallValueType.I32] : []) => ReturnsErrno = returnsErrno;

    /// <summary>A function of the application.</summary>
    internal HostCallSignature(string module, string name, IEnumerable<HostCallParameter> parameters, IEnumerable<HostCallValueType> results)
    {
        (Module, Name) = (module, name);
        _results = [.. results];
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

    /// <summary>The types of what it returns. A function with an errno has one, which is that.</summary>
    public IReadOnlyList<HostCallValueType> Results => _results;

    /// <summary>Whether its result is an errno. <c>proc_exit</c> has none, and the application's own functions have results of their own.</summary>
    public bool ReturnsErrno { get; }

    /// <summary>How many parameters there are.</summary>
    internal int ParameterCount => _parameters.Length;

    /// <summary>How many results there are.</summary>
    internal int ResultCount => _results.Length;

    /// <summary>Words of a record that its results take. An errno is in the outcome.</summary>
    internal int ResultWords => ReturnsErrno ? 0 : _results.Length;

    /// <summary>A bit for each of the first arguments that has 64.</summary>
    internal uint WideArguments { get; }

    /// <summary>Which parameters are addresses of texts.</summary>
    internal ReadOnlySpan<int> Texts => _texts;

    /// <summary>Module and name.</summary>
    /// <returns>A text for a message.</returns>
    public override string ToString() => $"{Module}.{Name}";
}
