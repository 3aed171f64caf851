using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Hostile.Tests.Mounts.Members;

/// <summary>One answer that cannot be, and what the guest is to get.</summary>
/// <param name="Name">For messages.</param>
/// <param name="Answer">The answer; may throw.</param>
/// <param name="Expected">The guest's errno.</param>
/// <param name="Entries">What the log gets.</param>
internal sealed record Lie(string Name, Func<object?> Answer, Errno Expected = Errno.IO, int Entries = 1)
{
    // A message of a stranger's: 1 MiB, of several lines.
    private static readonly string s_message = string.Concat(Enumerable.Repeat("The store is down.\n\u202e\u001b[2J", 1 << 15));

    // Two of these mean something within the library: "wait" and "exit".
    private static readonly Errno[] s_noErrnos = [(Errno)ushort.MaxValue, (Errno)(ushort.MaxValue - 1), (Errno)77];

    /// <summary>What any member may throw.</summary>
    public static IEnumerable<Lie> Exceptions { get; } =
    [
        Throws(() => new TimeoutException("The store is down.")),
        Throws(() => new OperationCanceledException("A timeout of its own.")),
        Throws(() => new TaskCanceledException("A timeout of its own.", innerException: null, new CancellationToken(canceled: true))),
        Throws(() => new ObjectDisposedException("device")),
        Throws(() => new KeyNotFoundException()),
        Throws(() => new AggregateException(new IOException("one"), new IOException("two"))),
        Throws(() => new IOException(s_message)),
        Throws(() => new NotImplementedException()),
    ];

    /// <summary>What every member with an errno may answer: what is no errno, and one that is but fits nothing, which is its own business.</summary>
    public static IEnumerable<Lie> Errnos<T>(Func<Errno, T> wrap) =>
        s_noErrnos.Select(error => new Lie($"errno {(int)error}", () => wrap(error))).Append(new Lie("EDOM", () => wrap(Errno.Dom), Errno.Dom, Entries: 0));

    /// <summary>As <see cref="Errnos{T}"/>, and a success without a value.</summary>
    public static IEnumerable<Lie> Results<T>() => Errnos<FsResult<T>>(error => error);

    public static Lie Of<T>(T answer, Errno expected = Errno.IO, int entries = 1) => new($"{answer}", () => answer, expected, entries);

    /// <summary>A result that has no object.</summary>
    public static IEnumerable<Lie> NoObject<T>()
        where T : class =>
    [
        new("default", () => default(FsResult<T>), Entries: 0),
        new("success", () => (FsResult<T>)Errno.Success, Entries: 0),
        new("null", () => (FsResult<T>)(T)null!, Entries: 0),
    ];

    private static Lie Throws(Func<Exception> make) => new(make().GetType().Name, () => throw make());
}
