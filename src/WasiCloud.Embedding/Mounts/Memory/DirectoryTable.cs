using System.Diagnostics.CodeAnalysis;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.Memory;

/// <summary>The names of one directory, found by name and listed by age. Guarded by the tree's lock.</summary>
/// <remarks>
/// A listing's cookie is the sequence number of the last name it gave, which only grows and is never used again, so it stays valid whatever comes and goes.
/// Removed entries stay in the list as gaps until they are the majority: removal is O(1) amortised, resuming O(log n).
/// </remarks>
internal sealed class DirectoryTable
{
    private readonly Dictionary<string, DirectorySlot> _byName = new(StringComparer.Ordinal);
    private readonly List<DirectorySlot> _byAge = [];
    private ulong _lastSequence;

    public int Count => _byName.Count;

    public bool TryGet(string name, [NotNullWhen(true)] out VirtualNode? node)
    {
        node = _byName.TryGetValue(name, out var slot) ? slot.Node : null;
        return node is not null;
    }

    public void Add(string name, VirtualNode node)
    {
        var slot = new DirectorySlot(++_lastSequence, name, node);
        _byName.Add(name, slot);
        _byAge.Add(slot);
    }

    public void Remove(string name)
    {
        if (!_byName.Remove(name, out var slot)) return;
        slot.Node = null;
        if (_byAge.Count > 16 && _byName.Count < _byAge.Count / 2) _byAge.RemoveAll(static slot => slot.Node is null);
    }

    /// <summary>Lets a name mean another node without changing its place in listings.</summary>
    public void Replace(string name, VirtualNode node) => _byName[name].Node = node;

    /// <summary>
    /// Changes a name that is in use into one that is not, without changing its place in listings: a guest that renames all it lists comes to an end.
    /// </summary>
    public void Rename(string name, string newName)
    {
        _byName.Remove(name, out var slot);
        slot!.Name = newName;
        _byName.Add(newName, slot);
    }

    /// <summary>Finds the first name younger than <paramref name="sequence"/>.</summary>
    /// <param name="sequence">A sequence number, or 0 for the start.</param>
    /// <param name="hint">Where it is likely to be; set to where it was found.</param>
    public DirectorySlot? FindAfter(ulong sequence, ref int hint)
    {
        var index = hint;
        var isRight = index <= _byAge.Count && (index == 0 ? sequence == 0 : _byAge[index - 1].Sequence == sequence);
        if (!isRight) index = Search(sequence);
        while (index < _byAge.Count && _byAge[index].Node is null) index++;
        hint = index + 1;
        return index < _byAge.Count ? _byAge[index] : null;
    }

    private int Search(ulong sequence)
    {
        var (low, high) = (0, _byAge.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_byAge[middle].Sequence <= sequence) low = middle + 1;
            else high = middle;
        }

        return low;
    }
}

/// <summary>One name.</summary>
internal sealed class DirectorySlot(ulong sequence, string name, VirtualNode node)
{
    public ulong Sequence { get; } = sequence;

    public string Name { get; set; } = name;

    /// <summary>What the name means; <see langword="null"/> once it was removed.</summary>
    public VirtualNode? Node { get; set; } = node;
}
