namespace WasiCloud.Tool.Inspection;

/// <summary>What a module says of itself, as far as it can be read.</summary>
internal sealed class ModuleOutline
{
    public bool IsComponent { get; set; }

    public string? Name { get; set; }

    /// <summary>Imports: module, name and type.</summary>
    public List<(string Module, string Name, string Type)> Imports { get; } = [];

    /// <summary>Exports: name and kind.</summary>
    public List<(string Name, string Kind)> Exports { get; } = [];

    public List<string> Memories { get; } = [];

    /// <summary>Custom sections: name and size in bytes.</summary>
    public List<(string Name, int Bytes)> CustomSections { get; } = [];

    /// <summary>The fields of the <c>producers</c> section: <c>language</c>, <c>processed-by</c>, <c>sdk</c>.</summary>
    public List<(string Field, string Name, string Version)> Producers { get; } = [];

    /// <summary>What the compiler says that it used (<c>target_features</c>, of LLVM), or what the sections show.</summary>
    public SortedSet<string> Features { get; } = new(StringComparer.Ordinal);

    /// <summary>Absolute paths of mounts that the data contains.</summary>
    public SortedSet<string> Paths { get; } = new(StringComparer.Ordinal);

    /// <summary>Where reading stopped, if it did.</summary>
    public MalformedModuleException? Problem { get; set; }
}
