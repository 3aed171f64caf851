using System.Text;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Http.Exchange;
using WasiCloud.Embedding.Http.Files;
using WasiCloud.Embedding.Tests.Mounts.Nodes;

namespace WasiCloud.Embedding.Tests.Http.Exchange;

/// <summary>One exchange with its two mounts, used as a guest and its host use them.</summary>
internal sealed class ExchangeFixture
{
    public static readonly ExchangeLimits DefaultLimits =
        new(MaxResponseBytes: 1 << 20, MaxResponseHeadBytes: 512, MaxJsonBodyBytes: 256, ResponseBufferBytes: 4096);

    private readonly InvocationContext _context = new() { Id = "test" };
    private readonly Dictionary<string, VirtualDirectory> _roots = new(StringComparer.Ordinal);

    public ExchangeFixture(InvocationRequest? request = null, ExchangeLimits? limits = null)
    {
        Exchange = new InvocationExchange(request ?? new InvocationRequest(), limits ?? DefaultLimits, Terminations.Add);
        _context.AddFeature(Exchange);
    }

    public InvocationExchange Exchange { get; }

    public List<GuestException> Terminations { get; } = [];

    public async Task<FsResult<VirtualNode>> LookupAsync(string path)
    {
        var (root, names) = Split(path);
        VirtualNode node = await RootAsync(root);
        foreach (var name in names)
        {
            var found = await ((VirtualDirectory)node).LookupAsync(name, CancellationToken.None);
            if (!found.TryGet(out node!)) return found.Error;
        }

        return node;
    }

    /// <summary>Opens as <c>open(2)</c>: "w" creates and truncates, "a" and "+" create, "r" does neither.</summary>
    public async Task<FsResult<FileHandle>> OpenAsync(string path, char mode = 'w')
    {
        var access = mode switch { 'r' => FileAccess.Read, '+' => FileAccess.ReadWrite, _ => FileAccess.Write };
        var options = new FileOpenOptions(access, Truncate: mode == 'w', Append: mode == 'a');
        var found = await LookupAsync(path);
        if (found.Error == Errno.NoEnt && mode != 'r')
        {
            var slash = path.LastIndexOf('/');
            (await LookupAsync(path[..slash])).TryGet(out var parent);
            var created = await ((VirtualDirectory)parent!).CreateFileAsync(path[(slash + 1)..], exclusive: false, CancellationToken.None);
            return created.TryGet(out var file) ? await file.OpenAsync(options, CancellationToken.None) : created.Error;
        }

        return found.TryGet(out var node) ? await ((VirtualFile)node).OpenAsync(options, CancellationToken.None) : found.Error;
    }

    /// <summary>Opens, writes and closes; the first error of the three.</summary>
    public async Task<Errno> WriteFileAsync(string path, string text, char mode = 'w')
    {
        var opened = await OpenAsync(path, mode);
        if (!opened.TryGet(out var handle)) return opened.Error;
        var error = await HandleCalls.WriteAllAsync(handle, Encoding.UTF8.GetBytes(text));
        var closing = await handle.CloseAsync(CloseReason.Closed, CancellationToken.None);
        return error == Errno.Success ? closing : error;
    }

    public async Task<string> ReadFileAsync(string path)
    {
        var opened = await OpenAsync(path, 'r');
        if (!opened.TryGet(out var handle)) throw new IOException(opened.Error.ToString());
        var text = await HandleCalls.ReadTextAsync(handle);
        await handle.CloseAsync(CloseReason.Closed, CancellationToken.None);
        return text;
    }

    public async Task<List<string>> ListAsync(string path)
    {
        (await LookupAsync(path)).TryGet(out var node);
        var names = new List<string>();
        await foreach (var entry in ((VirtualDirectory)node!).EnumerateAsync(CancellationToken.None)) names.Add(entry.Name);
        return names;
    }

    /// <summary>The body that the client gets, up to its end or failure.</summary>
    public async Task<string> ReadBodyAsync()
    {
        using var body = new MemoryStream();
        await Exchange.ResponseBody.CopyToAsync(body);
        return Encoding.UTF8.GetString(body.ToArray());
    }

    public string HeadText()
    {
        if (!Exchange.Head.IsCompleted) return "none";
#pragma warning disable VSTHRD002 // It has completed.
        if (Exchange.Head.Result is not { } head) return "failed";
#pragma warning restore VSTHRD002
        return string.Join(' ',
            head.Headers.Select(field => field.Key + "=" + field.Value).Prepend(head.StatusCode.ToString(System.Globalization.CultureInfo.InvariantCulture)));
    }

    public string Failure() => Terminations.Count == 0 ? "none" : string.Join(", ", Terminations.Select(Describe));

    public static string Describe(GuestException? exception) => exception switch
    {
        GuestResponseException response => FormattableString.Invariant($"{response.Path}:{response.Offset}"),
        GuestLimitException limit => FormattableString.Invariant($"{limit.Limit}:{limit.Value}"),
        null => "none",
        _ => exception.GetType().Name,
    };

    private async ValueTask<VirtualDirectory> RootAsync(string name)
    {
        if (_roots.TryGetValue(name, out var root)) return root;
        IVirtualMount mount = name == "request" ? new RequestMount() : new ResponseMount();
        return _roots[name] = await mount.AttachAsync(_context, CancellationToken.None);
    }

    private static (string Root, string[] Names) Split(string path)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return (parts[0], parts[1..]);
    }
}
