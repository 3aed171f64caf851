using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.Authority.Audit;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Secrets.Files;

/// <summary>A secret as it was when it was looked up. Holds the value until it is released.</summary>
internal sealed class SecretFile(string name, SecretValue value, int maxSecrets, AuditTrail audit, InvocationContext context) : VirtualFile
{
    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) =>
        (FsResult<NodeAttributes>)SecretHandle.AttributesOf(value);

    // Not on the guest's stack: whoever is told of it is the application.
    public override ValueTask<FsResult<FileHandle>> OpenAsync(FileOpenOptions options, CancellationToken cancellationToken)
    {
        if ((options.Access & FileAccess.Write) != 0 || options.Truncate) return (FsResult<FileHandle>)Errno.RoFs;
        if (!context.BeginMask().TryAdd(name, value.Span, maxSecrets)) return (FsResult<FileHandle>)Errno.MFile;
        audit.Record(context, GuestAuditKind.SecretRead, $"{SecretMount.GuestPath}/{name}");
        value.Hold();
        return (FsResult<FileHandle>)new SecretHandle(value);
    }

    public override void Release() => value.Release();
}
