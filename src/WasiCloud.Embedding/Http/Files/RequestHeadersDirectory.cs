using System.Text;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Http.Exchange;
using WasiCloud.Embedding.Mounts.Nodes;

namespace WasiCloud.Embedding.Http.Files;

/// <summary><c>/request/headers</c>: one file for each field name. Names are listed in lower case and found in any.</summary>
internal sealed class RequestHeadersDirectory(InvocationRequest request, ulong modified) : ListedDirectory(StringComparison.OrdinalIgnoreCase, modified)
{
    private const int MaxNameLength = 255;

    private readonly ulong _modified = modified;
    private List<KeyValuePair<string, VirtualNode>>? _nodes;

    protected override int Count => Nodes.Count;

    private List<KeyValuePair<string, VirtualNode>> Nodes => _nodes ??= List();

    protected override string NameAt(int index) => Nodes[index].Key;

    protected override VirtualNode NodeAt(int index) => Nodes[index].Value;

    private List<KeyValuePair<string, VirtualNode>> List()
    {
        var nodes = new List<KeyValuePair<string, VirtualNode>>();
        foreach (var (name, values) in RequestFields.Group(request))
        {
            // Tokens that are not file names. A guest that wants such a field finds it in the other forms.
            if (name is "." or ".." || name.Length > MaxNameLength) continue;
            nodes.Add(new(name, new BytesFile(Encoding.UTF8.GetBytes(Join(name, values)), _modified)));
        }

        return nodes;
    }

    // RFC 9110 section 5.3 joins lines with a comma; cookies have a separator of their own (RFC 9113 section 8.2.3).
    private static string Join(string name, List<string> values) =>
        string.Join(string.Equals(name, "cookie", StringComparison.Ordinal) ? "; " : ", ", values);
}
