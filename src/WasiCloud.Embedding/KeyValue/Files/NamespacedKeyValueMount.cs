using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.KeyValue.Files;

/// <summary>A <see cref="KeyValueMount"/> of which each guest gets a part. Not synchronous: the application says which.</summary>
/// <param name="mount">The scope.</param>
/// <param name="namespaceOf">Names the part: one path component.</param>
internal sealed class NamespacedKeyValueMount(KeyValueMount mount, Func<InvocationContext, string?> namespaceOf) : IPartitionedMount
{
    public ValueTask<VirtualDirectory> AttachAsync(InvocationContext context, CancellationToken cancellationToken) =>
        new(mount.Attach(context, PartOf(context)));

    /// <summary>Gives a guest what its tenant has of the part.</summary>
    public ValueTask<VirtualDirectory> AttachPartAsync(InvocationContext context, CancellationToken cancellationToken) =>
        new(mount.AttachPart(context, PartOf(context)));

    private string PartOf(InvocationContext context)
    {
        var name = namespaceOf(context);
        if (string.IsNullOrEmpty(name) || name.StartsWith('.') || name.AsSpan().ContainsAny('/', '\0'))
            throw new InvalidOperationException($"'{name}' cannot be a guest's part of a key-value scope: it must be one path component and not start with a " +
                $"dot.");
        return name + "/";
    }
}
