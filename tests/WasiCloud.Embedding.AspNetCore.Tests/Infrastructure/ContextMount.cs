using System.Text;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.Nodes;

namespace WasiCloud.Embedding.AspNetCore.Tests.Infrastructure;

/// <summary>A mount whose file <c>text</c> says what a mount may know of the guest: its tenant, and its feature that is a text.</summary>
internal sealed class ContextMount : IVirtualMount
{
    public ValueTask<VirtualDirectory> AttachAsync(InvocationContext context, CancellationToken cancellationToken) =>
        new(new Root($"{context.Tenant ?? "(none)"} {context.GetFeature<string>() ?? "(none)"}"));

    private sealed class Root(string text) : VirtualDirectory
    {
        public override ValueTask<FsResult<VirtualNode>> LookupAsync(string name, CancellationToken cancellationToken) =>
            new(name == "text" ? new BytesFile(Encoding.UTF8.GetBytes(text), modified: 0) : Errno.NoEnt);

        public override IAsyncEnumerable<DirectoryEntry> EnumerateAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
