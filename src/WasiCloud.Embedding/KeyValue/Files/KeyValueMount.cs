using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.KeyValue.Files.Control;
using WasiCloud.Embedding.KeyValue.Locks;
using WasiCloud.Embedding.KeyValue.Memory;
using WasiCloud.Embedding.KeyValue.Quota;

namespace WasiCloud.Embedding.KeyValue.Files;

/// <summary>A key-value scope as a directory tree: the path is the key, the file's content the value.</summary>
/// <remarks>
/// Thread-safe. Directories are implied by keys and vanish with the last of them, unless <c>mkdir</c> made them (a key that ends with <c>/</c> keeps them);
/// a path may pass through a directory that is not there, so that creating <c>a/b</c> needs no <c>mkdir</c>.
/// Content becomes visible as a whole at close or fsync, which return <c>EEXIST</c> (an exclusive creation came second), <c>ESTALE</c> (the key changed since a
/// read+write descriptor read it), <c>EISDIR</c>, <c>ENOTDIR</c> or, if the commits of other hosts come first for 10 seconds, <c>EAGAIN</c>. Until then no
/// other descriptor sees it, not even of the same guest, to which a file it creates shows as empty. A commit beyond the quota of the options is
/// <c>EDQUOT</c> for the guest; here it is an <see cref="IOException"/>. Names that start with <c>.</c> at the root are reserved: the control names of
/// <c>docs/filesystem.md</c>, which are not listed; the others do not exist, and creating one is <c>EACCES</c>.
/// Keys that are no paths (<c>a//b</c>, <c>a/../b</c>, components over 255 bytes) are not shown. Where a key is both a file and a prefix, which only the
/// application can bring about, the file is what shows. Times are those of the commits: setting them succeeds without effect.
/// Exceptions of the backend are not caught.
/// A tenant's part is all keys below <see cref="KeyValueKey.PrefixOfTenant"/>, with locks, transactions and a quota of its own; nobody else sees any of it.
/// </remarks>
public sealed class KeyValueMount : ISynchronousMount, IPartitionedMount
{
    private readonly IKeyValueBackend _backend;
    private readonly KeyValueMountOptions _options;
    private readonly IKeyValueBackend _limited;
    private readonly IKeyValueLocks _locks;
    private readonly QuotaLedgers _ledgers;
    private readonly ScopeState _scope = new(new FileNumbers(), new KeyTurns());

    /// <summary>Creates a mount.</summary>
    /// <param name="backend">The scope, which stays the caller's to dispose. If it is <see cref="IKeyValueLocks"/> too, these are its locks; otherwise
    /// <see cref="LeaseLocks"/> are.</param>
    /// <param name="options">Limits and the part of the scope; by default all of it.</param>
    /// <param name="timeProvider">The clock for the leases of locks and for counting what a quota limits; by default the system's.</param>
    /// <exception cref="ArgumentException">An option is out of its range; the message names it.</exception>
    public KeyValueMount(IKeyValueBackend backend, KeyValueMountOptions? options = null, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(backend);
        _backend = backend;
        _options = options ?? KeyValueMountOptions.For(backend);
        KeyValueMountOptionsValidator.Instance.ThrowIfInvalid(_options, nameof(options));
        KeyValueKey.ThrowIfInvalidPrefix(_options.Prefix);
        _locks = backend as IKeyValueLocks ?? new LeaseLocks(backend, _options.LockLease, timeProvider);
        _ledgers = new QuotaLedgers(backend, timeProvider ?? TimeProvider.System);
        _limited = FullStore.Wrap(Limit(_options));
    }

    /// <inheritdoc/>
    public ValueTask<VirtualDirectory> AttachAsync(InvocationContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new(Attach(context, _limited, _options));
    }

    /// <inheritdoc/>
    public ValueTask<VirtualDirectory> AttachPartAsync(InvocationContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new(AttachPart(context, part: string.Empty));
    }

    /// <summary>Gives a guest a part of what this mount gives.</summary>
    /// <param name="context">The guest.</param>
    /// <param name="part">What the keys of the part start with, after the mount's own prefix; ends with <c>/</c>.</param>
    /// <exception cref="ArgumentException">The part's name is too long, or no text.</exception>
    internal VirtualDirectory Attach(InvocationContext context, string part)
    {
        var options = _options with { Prefix = _options.Prefix + part };
        KeyValueKey.ThrowIfInvalidPrefix(options.Prefix);
        return Attach(context, FullStore.Wrap(Limit(options)), options);
    }

    /// <summary>Gives a guest what its tenant has of a part.</summary>
    /// <param name="context">The guest, which has a tenant.</param>
    /// <param name="part">As for <see cref="Attach(InvocationContext, string)"/>, or empty.</param>
    /// <exception cref="ArgumentException">The part's name is too long, or no text.</exception>
    internal VirtualDirectory AttachPart(InvocationContext context, string part)
    {
        var prefix = TenantKeys.PrefixOf(context.Tenant ?? throw new ArgumentException("The guest works for no tenant.", nameof(context)));
        var limits = context.PolicyLimits;
        var options = _options with
        {
            Prefix = _options.Prefix + part + prefix,

            // What the guest does not see takes nothing from what it may say.
            MaxKeyBytes = Math.Min(_options.MaxKeyBytes + prefix.Length, KeyValueKey.MaxBytes),
            MaxStoredBytes = Math.Min(_options.MaxStoredBytes, limits?.TenantStoredBytes ?? long.MaxValue),
            MaxStoredKeys = Math.Min(_options.MaxStoredKeys, limits?.TenantStoredKeys ?? long.MaxValue),
        };
        KeyValueKey.ThrowIfInvalidPrefix(options.Prefix);
        return Attach(context, FullStore.Wrap(Limit(options)), options);
    }

    private IKeyValueBackend Limit(KeyValueMountOptions options)
    {
        if (options.Quota.IsUnlimited) return _backend;
        return _backend is MemoryKeyValueBackend memory
            ? new MemoryQuotaBackend(memory, options.Prefix, options.Quota)
            : new CountedQuotaBackend(_backend, options.Prefix, options.Quota, _ledgers);
    }

    private KeyValueDirectory Attach(InvocationContext context, IKeyValueBackend backend, KeyValueMountOptions options)
    {
        var locks = new GuestLocks(_locks, options.MaxLocks);
        var guarded = GuardedStore.Wrap(backend, locks);
        var openBytes = new OpenBytes(options.MaxOpenBytes, context.TenantAllowance);
        var attachment = new KeyValueAttachment(guarded, options, context.TimeProvider, openBytes, _scope);
        return new KeyValueDirectory(attachment, options.Prefix, controls: new ControlNames(attachment, locks));
    }
}
