using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.Authority.Audit;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Hosting.Invocations;

/// <summary>The tree of files that one guest after another has, as far as its policy lets it.</summary>
internal sealed class InvocationTree
{
    private readonly AuditTrail? _audit;
    private readonly Func<string> _currentPath;

    /// <summary>Prepares the tree of guests without a policy.</summary>
    /// <param name="mounts">The mounts of the host.</param>
    /// <param name="audit">Is told what guests are refused.</param>
    /// <param name="currentPath">Finds out the path that the call in progress is about.</param>
    public InvocationTree(MountTable mounts, AuditTrail? audit, Func<string> currentPath)
    {
        (_audit, _currentPath) = (audit, currentPath);
        View = new InvocationNamespace(mounts, context: null) { Denied = audit is null ? null : TellDenied };
        Root = OpenRoot();
    }

    /// <summary>What of the mounts exists for the guest.</summary>
    public InvocationNamespace View { get; }

    /// <summary>The descriptor that the guest starts with.</summary>
    public Descriptor Root { get; private set; }

    /// <summary>Begins with a guest.</summary>
    /// <param name="context">What the mounts find of it.</param>
    /// <param name="authority">What it may do.</param>
    public void Begin(InvocationContext context, PathAuthority authority)
    {
        View.Context = context;
        View.Bind(authority);
        if (!ReferenceEquals(Root.Reference.Authority, View.Root.Authority)) Root = OpenRoot();
    }

    /// <summary>Releases what was attached for the guest.</summary>
    public void Release() => View.Release();

    /// <summary>Lets go of a guest of which everything is released.</summary>
    public void Reset()
    {
        Root.Reset();
        View.Context = null;
    }

    private void TellDenied(GuestAccess lacking) => _audit!.Record(
        View.Context!, GuestAuditKind.Denied, _currentPath(), lacking == GuestAccess.None ? null : $"lacks '{PolicyText.Of(lacking)}'");

    private Descriptor OpenRoot() => new(View.Root, handle: null, basePath: "/", relativePath: string.Empty) { PreopenName = "/"u8.ToArray() };
}
