using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.Engine.Execution;
using WasiCloud.Embedding.Engine.Interop;
using WasiCloud.Embedding.HostCalls;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding.Engine.Compilation;

/// <summary>
/// Requires every import of a module to be a function that is offered, with its very signature. What it says of others is of bounded length, however many there
/// are and however long their names.
/// </summary>
/// <param name="hostCalls">The host's functions.</param>
/// <param name="offered">The application's own functions.</param>
/// <param name="trapUnknown">Whether functions that nobody offers are left to a trap.</param>
/// <param name="policy">Says which of the application's functions the module may import; <see langword="null"/> for all.</param>
internal sealed class ImportInspection(HostCallTable hostCalls, IReadOnlyList<GuestImport> offered, bool trapUnknown, GuestPolicy? policy = null)
{
    private const int MaxNamed = 20;
    private const int MaxNameLength = 100;

    private readonly List<string> _missing = [];
    private readonly List<string> _denied = [];
    private readonly HashSet<(string Module, string Name)> _granted = [];
    private long _unnamed;

    /// <summary>Those of the application's functions that it imports.</summary>
    public IReadOnlyCollection<(string Module, string Name)> OfApplication => _granted;

    /// <summary>Looks at one import.</summary>
    public void Add(ModuleImport import)
    {
        if (IsOffered(import))
        {
            if (IsOfHost(import)) return;
            if (policy?.AllowsImport(import.Module, import.Name) != false) _granted.Add((import.Module, import.Name));
            else Note(_denied, $"{SafeText.Of(import.Module, MaxNameLength)}.{SafeText.Of(import.Name, MaxNameLength)}");
        }
        else if (!trapUnknown || !IsUnknownFunction(import))
        {
            Note(
                _missing,
                $"{SafeText.Of(import.Module, MaxNameLength)}.{SafeText.Of(import.Name, MaxNameLength)}"
                + SafeText.Of(import.Type.ToString()!, MaxNameLength));
        }
    }

    /// <exception cref="InvalidGuestModuleException">Something was missing.</exception>
    public void Check()
    {
        var others = _unnamed == 0 ? string.Empty : FormattableString.Invariant($" and {_unnamed} more");
        if (_denied.Count > 0)
        {
            throw new InvalidGuestModuleException(
                $"The module imports functions of the application for which its policy has no 'import' line: {string.Join(", ", _denied)}{others}.");
        }

        if (_missing.Count == 0) return;
        throw new InvalidGuestModuleException($"The module imports what this host does not offer: {string.Join(", ", _missing)}{others}.");
    }

    private static bool HasSignature(GuestImport function, FunctionType type) =>
        type.Parameters.Select(parameter => parameter.Kind).SequenceEqual(ValueConversion.ToKinds(function.Parameters))
        && type.Results.Select(result => result.Kind).SequenceEqual(ValueConversion.ToKinds(function.Results));

    private static bool HasSignature(HostFunction function, FunctionType type) =>
        type.Parameters.Select(parameter => (int)parameter.Kind).SequenceEqual(function.Parameters.Select(parameter => (int)parameter.Type))
        && type.Results.Select(result => result.Kind).SequenceEqual(function.ReturnsErrno ? [WasmValueKind.I32] : []);

    private void Note(List<string> names, string name)
    {
        if (names.Count == MaxNamed) _unnamed++;
        else names.Add(name);
    }

    private bool IsOfHost(ModuleImport import) => hostCalls.Find(import.Module, import.Name) is not null;

    private bool IsOffered(ModuleImport import) =>
        import.Type is FunctionType type
        && ((hostCalls.Find(import.Module, import.Name) is { } known && HasSignature(known, type))
            || offered.Any(function => function.Module == import.Module && function.Name == import.Name && HasSignature(function, type)));

    // A known name with another signature is a mistake in any case.
    private bool IsUnknownFunction(ModuleImport import) =>
        import.Type is FunctionType
        && hostCalls.Find(import.Module, import.Name) is null
        && !offered.Any(function => function.Module == import.Module && function.Name == import.Name);
}
