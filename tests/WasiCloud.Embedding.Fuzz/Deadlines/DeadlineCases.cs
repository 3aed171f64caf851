using System.Globalization;
using System.Text;

namespace WasiCloud.Embedding.Fuzz.Deadlines;

/// <summary>Makes up calls of every function that takes a size, a count, a list of buffers or a path.</summary>
/// <param name="random">Chooses.</param>
internal sealed class DeadlineCases(Random random)
{
    private const int MaxVectors = 1024;
    private const int MaxSubscriptions = 65_536;

    // FD_READ | FD_WRITE | FD_SEEK and all else that a file may have.
    private const string AllRights = "(i64.const 0xfffffff)";
    private const int CreateFile = 1;
    private const int OpenDirectory = 2;
    private const int Truncate = 8;
    private const int Append = 1;
    private const string File = "(global.get $file)";

    // What is written to and read as a file; then what is a stream, to be written or to be read.
    private static readonly string[] s_files = ["tmp/f", "host/f", "shm/f", "memory/f", "beta/kv/memory/f", "beta/kv/sqlite/f"];
    private static readonly string[] s_sinks = ["response/body", "beta/topic/talk", "beta/rpc/echo/call", "dev/null"];
    private static readonly string[] s_sources = ["request/body", "dev/urandom", "dev/zero"];
    private static readonly string[] s_folders = ["tmp", "host/many", "shm", "memory/many", "beta/kv/memory", "beta/kv/sqlite"];

    private static readonly string s_vectors = I32(DeadlineModule.VectorAddress);
    private static readonly string s_result = I32(DeadlineModule.ResultAddress);
    private static readonly string s_path = I32(DeadlineModule.PathAddress);
    private static readonly string s_data = I32(DeadlineModule.DataAddress);

    private static readonly string s_otherPath = I32(DeadlineModule.OtherPathAddress);
    private static readonly string s_root = I32(3);

    private List<Func<DeadlineCase>>? _kinds;

    /// <summary>How many kinds there are.</summary>
    public int Count => Kinds.Count;

    // The descriptor that was opened last.
    private static string Opened => $"(i32.load {s_result})";

    private List<Func<DeadlineCase>> Kinds => _kinds ??=
    [
        .. s_files.SelectMany<string, Func<DeadlineCase>>(path =>
        [
            () => Write(path), () => WriteAt(path), () => Appends(path), () => Read(path), () => ReadAt(path), () => SetSize(path), () => Allocate(path),
            () => Flush(path, "fd_sync"), () => Flush(path, "fd_datasync"), () => Fragments(path, "fd_filestat_set_size"),
            () => Fragments(path, "path_unlink_file"), () => Fragments(path, "path_rename"), () => Fragments(path, "path_open to truncate"),
        ]),
        .. s_sinks.Select<string, Func<DeadlineCase>>(path => () => Sink(path)),
        .. s_sources.Select<string, Func<DeadlineCase>>(path => () => Source(path)),
        .. s_folders.SelectMany<string, Func<DeadlineCase>>(path => [() => List(path), () => Walk(path), () => Rename(path), () => OpenAndClose(path)]),
        () => StandardStream(1), () => StandardStream(2), RandomGet, Poll, () => Arguments("args_get"), () => Arguments("environ_get"), Receive, Send, Advise,
    ];

    /// <summary>Makes up a call of one kind.</summary>
    public DeadlineCase Next(int kind) => Kinds[kind]();

    /// <summary>Makes up a call of any kind.</summary>
    public DeadlineCase Next() => Next(random.Next(Count));

    private static string I32(long value) => string.Create(CultureInfo.InvariantCulture, $"(i32.const {unchecked((int)value)})");

    private static string I64(long value) => string.Create(CultureInfo.InvariantCulture, $"(i64.const {value})");

    private static string Call(string function, params string[] arguments) => $"(drop (call ${function} {string.Join(' ', arguments)}))\n";

    // The second path is the first one and "-other".
    private static string OtherLength(string path) => I32(Encoding.UTF8.GetByteCount(path) + 6);

    private static string OpenClosed(string length, int open, string rights) =>
        $"(if (i32.eqz (call $path_open {s_root} {I32(1)} {s_path} {length} {I32(open)} {rights} {I64(0)} {I32(0)} {s_result}))" +
        $"(then {Call("fd_close", Opened)}))";

    private static string Open(string path, int open = CreateFile, int flags = 0, int directory = 3, string rights = AllRights) =>
        $"(call $open {I32(directory)} {I32(Encoding.UTF8.GetByteCount(path))} {I32(open)} {rights} {I32(flags)})";

    private static string OpenToWrite(string path) => Open(path, rights: "(i64.const 0x40)");

    private static string OpenToRead(string path) => Open(path, open: 0, rights: "(i64.const 0x2)");

    private DeadlineCase Write(string path) => new($"fd_write {path}", path, Open(path) + Vectors(out var count), Transfer("fd_write", count) + Rewind());

    private DeadlineCase WriteAt(string path) =>
        new($"fd_pwrite {path}", path, Open(path) + Vectors(out var count), Call("fd_pwrite", File, s_vectors, I32(count), I64(Offset()), s_result));

    private DeadlineCase Appends(string path) =>
        new($"fd_write append {path}", path, Open(path, flags: Append) + Vectors(out var count), Transfer("fd_write", count));

    private DeadlineCase Read(string path) =>
        new($"fd_read {path}", path, Open(path) + Content() + Vectors(out var count), Transfer("fd_read", count) + Rewind());

    private DeadlineCase ReadAt(string path) => new(
        $"fd_pread {path}", path, Open(path) + Content() + Vectors(out var count),
        Call("fd_pread", File, s_vectors, I32(count), I64(random.Next(1 << 20)), s_result));

    private DeadlineCase SetSize(string path) => new(
        $"fd_filestat_set_size {path}", path, Open(path) + Content(),
        Call("fd_filestat_set_size", File, I64(Size())) + Call("fd_filestat_set_size", File, I64(random.Next(100))));

    private DeadlineCase Allocate(string path) => new(
        $"fd_allocate {path}", path, Open(path),
        Call("fd_allocate", File, I64(Offset()), I64(Math.Min(Size() + 1, MostReserved(path)))) + Call("fd_filestat_set_size", File, I64(0)));

    // As much as the disk has to write at one time.
    private DeadlineCase Flush(string path, string function) => new(
        $"{function} {path}", path, Open(path) + "(call $fill (i32.const 8388608)) (call $vectors (i32.const 1) (i32.const 0) (i32.const 8388608))",
        $"""
        (global.set $count (i32.const {random.Next(1, 32)}))
        (loop $more
          (drop (call $fd_pwrite (global.get $file) {s_vectors} (i32.const 1) (global.get $position) {s_result}))
          (global.set $position (i64.and (i64.add (global.get $position) (i64.const 8388608)) (i64.const 0x0fffffff)))
          (global.set $count (i32.sub (global.get $count) (i32.const 1)))
          (br_if $more (global.get $count)))
        (drop (call ${function} (global.get $file)))
        """);

    // A file of many pieces, and then what frees them.
    private DeadlineCase Fragments(string path, string function)
    {
        var length = I32(Encoding.UTF8.GetByteCount(path));
        var call = function switch
        {
            "fd_filestat_set_size" => Call("fd_filestat_set_size", File, I64(1)),
            "path_unlink_file" => Call("path_unlink_file", s_root, s_path, length) + Call("fd_close", File) + Open(path),
            "path_rename" => OpenOther(path) + Call("path_rename", s_root, s_otherPath, OtherLength(path), s_root, s_path, length)
                + Call("fd_close", File) + Open(path),
            _ => Call("fd_close", File) + Open(path, CreateFile | Truncate),
        };
        const string page = "(call $fill (i32.const 4096)) (call $vectors (i32.const 1) (i32.const 0) (i32.const 4096))";
        return new($"{function} of many pieces {path}", path, Open(path) + page, Fill() + call);

        string Fill() => path.StartsWith("host", StringComparison.Ordinal) || path.StartsWith("shm", StringComparison.Ordinal)
            ? $"(call $fragments {I32(random.Next(1000, 30_000))} {I64(65_536)})"
            : $"(call $fragments {I32(random.Next(10, 100))} {I64(8192)})";
    }

    private static string OpenOther(string path) =>
        $"(call $check (call $path_open {s_root} {I32(0)} {s_otherPath} {OtherLength(path)} {I32(CreateFile)} {AllRights} {I64(-1)} {I32(0)} {s_result}))" +
        Call("fd_close", Opened);

    private DeadlineCase Sink(string path) => new($"fd_write {path}", path, OpenToWrite(path) + Vectors(out var count), Transfer("fd_write", count));

    private DeadlineCase Source(string path) => new($"fd_read {path}", path, OpenToRead(path) + Vectors(out var count), Transfer("fd_read", count));

    private DeadlineCase StandardStream(int descriptor)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"fd_write {descriptor}");
        return new(name, string.Empty, $"(global.set $file {I32(descriptor)})" + Vectors(out var count), Transfer("fd_write", count));
    }

    private DeadlineCase List(string path) => new(
        $"fd_readdir {path}", path, Open(path, OpenDirectory, rights: "(i64.const 0)"),
        Call("fd_readdir", File, s_data, I32(DataLength()), I64(random.Next(3) == 0 ? random.Next(30_000) : 0), s_result));

    // 40 links of 4,096 bytes each are 80,000 names.
    private DeadlineCase Walk(string folder)
    {
        var path = folder + "/walk" + string.Concat(Enumerable.Repeat(random.Next(2) == 0 ? "/../walk" : "/.", random.Next(1, 450)));
        var function = random.Next(3) switch { 0 => "path_filestat_get", 1 => "path_open", _ => "path_readlink" };
        var length = I32(path.Length);
        var call = function switch
        {
            "path_filestat_get" => Call("path_filestat_get", s_root, I32(1), s_path, length, s_result),
            "path_open" => OpenClosed(length, open: 0, "(i64.const 2)"),
            _ => Call("path_readlink", s_root, s_path, length, s_data, I32(DataLength()), s_result),
        };
        return new($"{function} of a long path {folder}", path, Call("path_create_directory", s_root, s_path, I32(folder.Length + 5)), call);
    }

    private static DeadlineCase Rename(string folder)
    {
        var path = folder + "/d";
        var length = I32(path.Length);
        var there = Call("path_rename", s_root, s_path, length, s_root, s_otherPath, OtherLength(path));
        var back = Call("path_rename", s_root, s_otherPath, OtherLength(path), s_root, s_path, length);
        return new($"path_rename {folder}", path, Call("path_create_directory", s_root, s_path, length), there + back);
    }

    private static DeadlineCase OpenAndClose(string folder)
    {
        var path = folder + "/new";
        var length = I32(path.Length);
        var call = OpenClosed(length, CreateFile, AllRights) + Call("path_unlink_file", s_root, s_path, length);
        return new($"path_open and path_unlink_file {folder}", path, string.Empty, call);
    }

    private DeadlineCase RandomGet() => new("random_get", string.Empty, string.Empty, Call("random_get", s_data, I32(DataLength())));

    private DeadlineCase Poll()
    {
        var (count, type) = (random.Next(2) == 0 ? MaxSubscriptions : random.Next(1, MaxSubscriptions), random.Next(3));
        return new(
            "poll_oneoff", string.Empty, $"(call $subscribe {I32(count)} {I32(type)} (i32.const {random.Next(4)}))",
            Call("poll_oneoff", I32(DeadlineModule.SubscriptionAddress), I32(DeadlineModule.EventAddress), I32(count), s_result));
    }

    private static DeadlineCase Arguments(string function) =>
        new(function, string.Empty, string.Empty, Call(function, s_data, I32(64 << 20))) { HasLongArguments = true };

    private DeadlineCase Receive() => Socket(
        "sock_recv", Call("sock_recv", File, s_vectors, I32(MaxVectors), I32(random.Next(4)), s_result, I32(DeadlineModule.ResultAddress + 8)));

    private DeadlineCase Send() => Socket("sock_send", Call("sock_send", File, s_vectors, I32(MaxVectors), I32(0), s_result));

    private DeadlineCase Socket(string function, string call) => new(
        function, string.Empty,
        $"(call $check (call $sock_accept {I32(3)} {I32(0)} {s_result})) (global.set $file {Opened})" + Vectors(out _, MaxVectors, fills: false), call)
    {
        Interface = GuestInterface.Socket,
    };

    private DeadlineCase Advise() => new("fd_advise", "tmp/f", Open("tmp/f"), Call("fd_advise", File, I64(Offset()), I64(Size()), I32(random.Next(6))));

    private static string Transfer(string function, int count) => Call(function, File, s_vectors, I32(count), s_result);

    private string Rewind() => Call("fd_seek", File, I64(random.Next(2) == 0 ? 0 : random.Next(1 << 26)), I32(0), s_result);

    // Something to read.
    private static string Content() =>
        "(call $fill (i32.const 1048576)) (call $vectors (i32.const 1) (i32.const 0) (i32.const 1048576))" +
        Call("fd_pwrite", File, s_vectors, I32(1), I64(0), s_result);

    // Few long ones, many short ones, or as many and as long as there may be, which then overlap.
    private string Vectors(out int count, int? wanted = null, bool fills = true)
    {
        count = wanted ?? random.Next(4) switch { 0 => 1, 1 => random.Next(1, 17), 2 => MaxVectors, _ => random.Next(1, MaxVectors + 1) };
        var length = random.Next(4) switch
        {
            0 => random.Next(1, 4096),
            1 => random.Next(1, 1 << 20),
            2 => 1 << 20,
            _ => (int)Math.Min(DataLength(), int.MaxValue / count),
        };
        var room = (int)((DeadlineModule.MemoryBytes - DeadlineModule.DataAddress - length) / count);
        var stride = random.Next(2) == 0 ? 0 : Math.Min(room, length);
        var filled = fills && random.Next(2) == 0 ? Math.Min(length, 1 << 20) : 0;
        return $"(call $fill {I32(filled)}) (call $vectors {I32(count)} {I32(stride)} {I32(length)})";
    }

    private long DataLength() => random.Next(3) switch
    {
        0 => DeadlineModule.MemoryBytes - DeadlineModule.DataAddress,
        1 => random.Next(1 << 20, 1 << 28),
        _ => random.Next(1, 1 << 20),
    };

    private long Offset() => random.Next(3) switch { 0 => 0, 1 => random.Next(1 << 20), _ => random.NextInt64(1L << 34) };

    // A file of the host takes the disk or the memory of whoever else is there.
    private static long MostReserved(string path) => path.Split('/')[0] switch { "host" => 4L << 30, "shm" => 1L << 30, _ => long.MaxValue };

    private long Size() => random.Next(4) switch { 0 => random.Next(1 << 20), 1 => random.Next(1 << 30), 2 => 8L << 30, _ => random.NextInt64(1L << 40) };
}
