namespace WasiCloud.Embedding.HostCalls;

/// <summary>The functions that an engine offers to its guests, whatever their ABI. Immutable and thread-safe.</summary>
internal sealed class HostCallTable
{
    private readonly HostFunction[] _functions;
    private readonly Dictionary<(string Module, string Name), HostFunction> _byName = [];
    private readonly Type[] _contextTypes;

    /// <summary>Makes a table.</summary>
    /// <exception cref="ArgumentException">Two functions have one name, or one has more parameters than <see cref="CallArguments"/> holds.</exception>
    public HostCallTable(IEnumerable<HostFunction> functions)
    {
        _functions = [.. functions];
        foreach (var function in _functions)
        {
            if (function.Parameters.Count > CallArguments.MaxCount)
                throw new ArgumentException($"{function.Signature} has more than {CallArguments.MaxCount} parameters.", nameof(functions));
            if (!_byName.TryAdd((function.Module, function.Name), function))
                throw new ArgumentException($"There are two functions {function.Signature}.", nameof(functions));
        }

        _contextTypes = [.. _functions.Select(function => function.ContextType).Distinct()];
    }

    /// <summary>A table without functions, for an engine whose guests import none.</summary>
    public static HostCallTable Empty { get; } = new([]);

    /// <summary>All of them, in the order in which an engine numbers them.</summary>
    public IReadOnlyList<HostFunction> Functions => _functions;

    /// <summary>Finds a function.</summary>
    /// <returns>It, or <see langword="null"/>.</returns>
    public HostFunction? Find(string module, string name) => _byName.GetValueOrDefault((module, name));

    /// <summary>The functions for a guest, whose context must be that of all of them: they do not look again.</summary>
    /// <returns>All of them, for whoever looks there at each call and changes nothing.</returns>
    /// <exception cref="InvalidOperationException">It is one of another ABI.</exception>
    public HostFunction[] For(HostCallContext guest)
    {
        foreach (var type in _contextTypes)
        {
            if (!type.IsInstanceOfType(guest))
                throw new InvalidOperationException($"The functions of this engine need a {type.Name}; the guest has a {guest.GetType().Name}.");
        }

        return _functions;
    }
}
