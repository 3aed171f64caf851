using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Hostile.Tests.Mounts.Members;

/// <summary>A member that an application's mount may have written.</summary>
/// <param name="Name">Its name, with its type's.</param>
/// <param name="Call">How a guest makes the host call it: WebAssembly text that leaves an errno.</param>
/// <param name="Lies">What it may answer, besides exceptions.</param>
/// <param name="Written">Where in its memory the guest wants the answer.</param>
/// <param name="MayWait">Whether it has a token.</param>
internal sealed record Member(string Name, string Call, IEnumerable<Lie> Lies, (int Address, int Length)[] Written, bool MayWait = true)
{
    private const string File = "(i32.const 1024) (i32.const 7)";
    private const string Directory = "(i32.const 1040) (i32.const 3)";
    private const string New = "(i32.const 1088) (i32.const 3)";
    private const string Vectors = "(i32.const 64) (i32.const 2)";
    private const int VectorBytes = 512;

    private const string StatusOfFile = $"(call $stat (i32.const 3) (i32.const 0) {File} (i32.const 7000))";

    private static readonly (int, int) s_descriptor = (5000, 4);
    private static readonly (int, int) s_count = (6000, 4);
    private static readonly (int, int) s_status = (7000, 64);
    private static readonly (int, int)[] s_buffers = [(10_000, 256), (11_000, 256)];
    private static readonly (int, int)[] s_listing = [(8000, 512), (13_500, 4)];
    private static readonly (int, int)[] s_event = [(12_000, 32), (13_000, 4)];

    /// <summary>All of them. Those that take several calls are there several times.</summary>
    public static IReadOnlyList<Member> All { get; } =
    [
        new("IVirtualMount.AttachAsync", StatusOfFile, [new("null", () => null)], [s_status]),
        new(
            "VirtualNode.Type",
            StatusOfFile,
            [Lie.Of((FileType)200, Errno.Success, 0), Lie.Of(FileType.Directory, Errno.Success, 0), Lie.Of(FileType.SymbolicLink, Errno.Success, 0)],
            [s_status], MayWait: false),
        new("VirtualNode.GetAttributesAsync", StatusOfFile, [.. Lie.Results<NodeAttributes>(), .. Attributes()], [s_status]),
        new("VirtualNode.SetAttributesAsync", $"(call $set_times (i32.const 3) (i32.const 0) {File} (i64.const 1) (i64.const 1) (i32.const 5))", Changes(), []),
        new("VirtualNode.Release", StatusOfFile, [], [s_status], MayWait: false),
        new("VirtualFile.OpenAsync", $"(call $open {File} (i32.const 0) (i64.const 0x42) (i32.const 0))", Objects<FileHandle>(), [s_descriptor]),
        new(
            "VirtualDirectory.LookupAsync",
            StatusOfFile,
            [.. Objects<VirtualNode>(), new("another kind", () => (FsResult<VirtualNode>)new NoKind(), Errno.Success, 0)],
            [s_status]),
        new(
            "VirtualDirectory.LookupAsync",
            $"(call $open {File} (i32.const 0) (i64.const 0x42) (i32.const 0))",
            [new("another kind", () => (FsResult<VirtualNode>)new NoKind(), Errno.NotSup, 0)],
            [s_descriptor]),
        new(
            "VirtualDirectory.TraverseAsync",
            "(call $stat (i32.const 3) (i32.const 0) (i32.const 1056) (i32.const 5) (i32.const 7000))",
            [.. Objects<VirtualNode>(), new("another kind", () => (FsResult<VirtualNode>)new NoKind(), Errno.NotDir, 0)],
            [s_status]),
        new(
            "VirtualDirectory.EnumerateAsync",
            "(call $readdir (call $directory) (i32.const 8000) (i32.const 512) (i64.const 0) (i32.const 13500))",
            Listings.Lies,
            [s_descriptor, .. s_listing]),
        new("VirtualDirectory.CreateFileAsync", $"(call $open {New} (i32.const 1) (i64.const 0x42) (i32.const 0))", Objects<VirtualFile>(), [s_descriptor]),
        new("VirtualDirectory.CreateDirectoryAsync", $"(call $mkdir (i32.const 3) {New})", Changes(), []),
        new("VirtualDirectory.CreateSymlinkAsync", $"(call $symlink {File} (i32.const 3) {New})", Changes(), []),
        new("VirtualDirectory.LinkAsync", $"(call $link (i32.const 3) (i32.const 0) {File} (i32.const 3) {New})", Changes(), []),
        new("VirtualDirectory.RemoveFileAsync", $"(call $unlink (i32.const 3) {File})", Changes(), []),
        new("VirtualDirectory.RemoveDirectoryAsync", $"(call $rmdir (i32.const 3) {Directory})", Changes(), []),
        new("VirtualDirectory.RenameAsync", $"(call $rename (i32.const 3) {File} (i32.const 3) {New})", Changes(), []),
        new(
            "VirtualSymlink.ReadTargetAsync",
            "(call $readlink (i32.const 3) (i32.const 1072) (i32.const 3) (i32.const 14000) (i32.const 256) (i32.const 6000))",
            Targets(),
            [(14_000, 256), s_count]),
        new(
            "FileHandle.CanSeek",
            $"(call $open {File} (i32.const 0) (i64.const 0x42) (i32.const 0))",
            [Lie.Of(answer: false, Errno.Success, 0)],
            [s_descriptor, s_count, .. s_buffers], MayWait: false),
        new("FileHandle.ReadAsync", $"(call $read (call $file) {Vectors} (i32.const 6000))", Counts(), [s_descriptor, s_count, .. s_buffers]),
        new("FileHandle.ReadAsync", $"(call $pread (call $file) {Vectors} (i64.const 7) (i32.const 6000))", Counts(), [s_descriptor, s_count, .. s_buffers]),
        new("FileHandle.WriteAsync", $"(call $write (call $file) {Vectors} (i32.const 6000))", Lengths(), [s_descriptor, s_count]),
        new("FileHandle.WriteAsync", $"(call $pwrite (call $file) {Vectors} (i64.const 7) (i32.const 6000))", Lengths(), [s_descriptor, s_count]),
        new("FileHandle.AppendAsync", $"(call $write (call $appended) {Vectors} (i32.const 6000))", Ends(), [s_descriptor, s_count]),
        new(
            "FileHandle.GetAttributesAsync",
            "(call $fstat (call $file) (i32.const 7000))",
            [.. Lie.Results<NodeAttributes>(), .. Attributes()],
            [s_descriptor, s_status]),
        new(
            "FileHandle.GetAttributesAsync",
            "(call $seek (call $file) (i64.const 0) (i32.const 2) (i32.const 6000))",
            [Lie.Of((FsResult<NodeAttributes>)new NodeAttributes(ulong.MaxValue), Errno.Overflow, 0)],
            [s_descriptor, (6000, 8)]),
        new("FileHandle.SetSizeAsync", "(call $truncate (call $file) (i64.const 5))", Changes(), [s_descriptor]),
        new("FileHandle.AllocateAsync", "(call $allocate (call $file) (i64.const 0) (i64.const 5))", Changes(), [s_descriptor]),
        new("FileHandle.PollAsync", "(call $wait (call $file))", Readiness(), [s_descriptor, .. s_event]),
        new("FileHandle.FlushAsync", "(call $sync (call $file))", Changes(), [s_descriptor]),
        new("FileHandle.FlushDataAsync", "(call $datasync (call $file))", Changes(), [s_descriptor]),
        new("VirtualDirectory.FlushAsync", "(call $sync (call $directory))", Changes(), [s_descriptor]),
        new("FileHandle.KnownSize", "(call $wait (call $file))", Numbers(), [s_descriptor, .. s_event], MayWait: false),
        new("FileHandle.AvailableBytes", "(call $wait (call $stream))", Numbers(), [s_descriptor, .. s_event], MayWait: false),
        new(
            "FileHandle.HangsUpAtEnd", "(call $wait (call $stream))", [Lie.Of(answer: false, Errno.Success, 0)], [s_descriptor, .. s_event], MayWait: false),
        new(
            "FileHandle.MaxMessageBytes",
            $"(call $write (call $stream) {Vectors} (i32.const 6000))",
            [
                Lie.Of((int?)0, Errno.MsgSize, 0), Lie.Of((int?)-1, Errno.MsgSize, 0), Lie.Of((int?)int.MinValue, Errno.MsgSize, 0),
                Lie.Of((int?)int.MaxValue, Errno.Success, 0),
            ],
            [s_descriptor, s_count], MayWait: false),
        new(
            "FileHandle.MaxMessageBytes",
            $"(call $read (call $stream) {Vectors} (i32.const 6000))",
            [Lie.Of((int?)int.MinValue, Errno.Success, 0), Lie.Of((int?)int.MaxValue, Errno.Success, 0)],
            [s_descriptor, s_count, .. s_buffers], MayWait: false),
        new("VirtualFile.ChangesWhenOpened", OpenReadOnly(rights: 0x02), [Lie.Of(answer: true, Errno.RoFs, 0)], [s_descriptor], MayWait: false),
        new("VirtualFile.KeepsWhatIsWritten", OpenReadOnly(rights: 0x42), [Lie.Of(answer: true, Errno.RoFs, 0)], [s_descriptor], MayWait: false),
        new("FileHandle.CloseAsync", "(call $close (call $file))", Changes(), [s_descriptor]),
    ];

    public override string ToString() => $"{Name} by {Call}";

    // On the mount that is read-only.
    private static string OpenReadOnly(int rights) =>
        $"(call $open (i32.const 1120) (i32.const 3) (i32.const 0) (i64.const {rights}) (i32.const 0))";

    // The guest's to read.
    private static IEnumerable<Lie> Numbers() =>
        [Lie.Of((long?)-1, Errno.Success, 0), Lie.Of((long?)long.MinValue, Errno.Success, 0), Lie.Of((long?)long.MaxValue, Errno.Success, 0)];

    private static IEnumerable<Lie> Changes() => Lie.Errnos(error => error);

    private static IEnumerable<Lie> Objects<T>()
        where T : class => [.. Lie.Results<T>(), .. Lie.NoObject<T>()];

    // Sizes and times that are none are the guest's to read: nothing here computes with them.
    private static IEnumerable<Lie> Attributes() =>
    [
        Lie.Of(
            (FsResult<NodeAttributes>)new NodeAttributes(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, 0, ulong.MaxValue, long.MaxValue), Errno.Success, 0),
        Lie.Of((FsResult<NodeAttributes>)new NodeAttributes(LinkCount: 0), Errno.Success, 0),
    ];

    private static IEnumerable<Lie> Counts() =>
    [
        .. Lie.Results<int>(), Lie.Of((FsResult<int>)(-1)), Lie.Of((FsResult<int>)int.MinValue),
        Lie.Of((FsResult<int>)(VectorBytes + 1)), Lie.Of((FsResult<int>)int.MaxValue),
    ];

    private static IEnumerable<Lie> Lengths() =>
    [
        .. Lie.Results<long>(), Lie.Of((FsResult<long>)(-1)), Lie.Of((FsResult<long>)0),
        Lie.Of((FsResult<long>)long.MinValue), Lie.Of((FsResult<long>)(VectorBytes + 1)),
        Lie.Of((FsResult<long>)long.MaxValue),
    ];

    // Behind the end of a file that is longer than what was written, everything can be.
    private static IEnumerable<Lie> Ends() =>
    [
        .. Lie.Results<long>(), Lie.Of((FsResult<long>)(-1)), Lie.Of((FsResult<long>)0),
        Lie.Of((FsResult<long>)(VectorBytes - 1)), Lie.Of((FsResult<long>)long.MinValue),
        Lie.Of((FsResult<long>)long.MaxValue, Errno.Success, 0),
    ];

    private static IEnumerable<Lie> Targets() =>
    [
        .. Objects<string>(), Lie.Of((FsResult<string>)"a\0b"), Lie.Of((FsResult<string>)"\ud800"),
        Lie.Of((FsResult<string>)new string('a', 1 << 20), Errno.NameTooLong, 0),
    ];

    private static IEnumerable<Lie> Readiness() =>
    [
        .. Lie.Results<FileReadiness>(), Lie.Of((FsResult<FileReadiness>)FileReadiness.None),
        Lie.Of((FsResult<FileReadiness>)FileReadiness.Write), Lie.Of((FsResult<FileReadiness>)(FileReadiness)(-8)),
        Lie.Of((FsResult<FileReadiness>)(FileReadiness)(-1), Errno.Success, 0),
    ];

    /// <summary>Neither a file nor a directory nor a link, whatever it says.</summary>
    private sealed class NoKind : VirtualNode
    {
        public override FileType Type => FileType.RegularFile;

        public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) =>
            (FsResult<NodeAttributes>)default(NodeAttributes);
    }
}
