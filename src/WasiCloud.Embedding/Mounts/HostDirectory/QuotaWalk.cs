using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.HostDirectory;

/// <summary>
/// What a walk through a directory with limits may have missed, because guests went on meanwhile. One walk after another; belongs to <see cref="HostQuota"/>,
/// whose lock of names guards it.
/// </summary>
internal sealed class QuotaWalk
{
    // After so many walks in a row that were disturbed, directories stay where they are during one.
    private const int MaxDisturbed = 2;

    // Files and directories that got another name since the walk began.
    private readonly HashSet<HostFileKey> _moved = [];
    private bool _hasMovedDirectory;
    private int _number;
    private int _disturbed;

    /// <summary>Whether one goes on.</summary>
    public bool IsUnderWay { get; private set; }

    /// <summary>Whether no directory may move.</summary>
    public bool HoldsDirectories => IsUnderWay && _disturbed >= MaxDisturbed;

    /// <summary>One begins.</summary>
    /// <param name="open">The files that guests have open.</param>
    public void Begin(IEnumerable<ChargedFile> open)
    {
        (IsUnderWay, _hasMovedDirectory) = (true, false);
        _number++;
        foreach (var file in open) file.LengthBefore = file.Length;
    }

    /// <summary>It has ended.</summary>
    /// <returns>Whether it missed no directory: with it, everything in it.</returns>
    public bool TryEnd()
    {
        IsUnderWay = false;
        _moved.Clear();
        _disturbed = _hasMovedDirectory ? _disturbed + 1 : 0;
        return !_hasMovedDirectory;
    }

    /// <summary>It came to a file that guests have open, and does not count its content.</summary>
    public void LeaveOut(ChargedFile file) => file.LeftOutOf = _number;

    /// <summary>Something got another name: the walk may have been where it is before, and come to where it was after.</summary>
    /// <returns>Whether its name is to be counted once more: once, however often it moves.</returns>
    public bool TryMove(in FileStatus status)
    {
        if (!IsUnderWay) return false;
        if (status.Type == FileType.Directory) _hasMovedDirectory = true;
        return _moved.Add(status.Key);
    }

    /// <summary>
    /// How many bytes of an open file it may have missed. It has counted what it was before it was opened, or will; unless it left all of it out, or may have.
    /// </summary>
    public long MissedOf(ChargedFile file) =>
        file.IsRemoved || file.LeftOutOf == _number ? file.Length : Math.Max(0, file.Length - file.LengthBefore);
}
