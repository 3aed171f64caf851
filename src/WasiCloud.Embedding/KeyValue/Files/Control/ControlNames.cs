using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.KeyValue.Files.Control;

/// <summary>The control names at the root of a scope, as one guest sees them.</summary>
internal sealed class ControlNames(KeyValueAttachment attachment, GuestLocks locks)
{
    private readonly GuestTransactions _transactions = new(attachment);

    /// <summary>Whether a reserved name stands for something.</summary>
    public static bool Has(string name) => name is ".lock" or ".meta" or ".tx" or ".watch";

    /// <summary>Finds what a reserved name stands for.</summary>
    /// <returns>The directory, or <see langword="null"/> if the name stands for nothing.</returns>
    public VirtualDirectory? Find(string name) => name switch
    {
        ".lock" => new LockDirectory(attachment, locks, attachment.Options.Prefix),
        ".meta" => new MetaDirectory(new KeyValueDirectory(attachment, attachment.Options.Prefix), attachment),
        ".tx" => new TransactionDirectory(_transactions),
        ".watch" => new WatchDirectory(attachment, attachment.Options.Prefix),
        _ => null,
    };
}
