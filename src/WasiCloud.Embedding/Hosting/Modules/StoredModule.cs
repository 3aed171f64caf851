namespace WasiCloud.Embedding.Hosting.Modules;

/// <summary>What a store knows of one module. Used within the store's lock.</summary>
internal sealed class StoredModule(string tenant, string name)
{
    public string Tenant => tenant;

    public string Name => name;

    /// <summary>What serves, if something does.</summary>
    public ModuleVersion? Current { get; set; }

    /// <summary>What its code takes, in bytes.</summary>
    public long CodeBytes => Current?.Module.CodeBytes ?? 0;

    /// <summary>The repository's version of what serves, if it has any.</summary>
    public string? Version { get; set; }

    /// <summary>The checksum of what serves.</summary>
    public string? Checksum { get; set; }

    /// <summary>The load that is under way.</summary>
    public Task? Loading { get; set; }

    /// <summary>How often it was said that it may have changed.</summary>
    public int Generation { get; set; }

    /// <summary>How often it had been when the last load began.</summary>
    public int CheckedGeneration { get; set; } = -1;

    /// <summary>How many wait for it.</summary>
    public int Waiting { get; set; }

    /// <summary>Why the last load failed.</summary>
    public Exception? Failure { get; set; }

    /// <summary>When the last load ended.</summary>
    public long CheckedAt { get; set; }

    /// <summary>When it was last given to somebody.</summary>
    public long UsedAt { get; set; }

    /// <summary>Its place among those that are loaded, by last use.</summary>
    public LinkedListNode<StoredModule>? Recency { get; set; }

    /// <summary>Whether somebody has it, waits for it, or runs it.</summary>
    public bool IsUsed => Waiting > 0 || Current is { IsUsed: true };
}
