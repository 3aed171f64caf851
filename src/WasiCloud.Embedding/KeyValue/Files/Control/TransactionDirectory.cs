using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.KeyValue.Files.Control;

/// <summary><c>.tx</c>: a directory in it is a transaction, and the root of the scope as that sees it.</summary>
internal sealed class TransactionDirectory(GuestTransactions transactions) : ControlDirectory
{
    // Renaming a transaction to this commits it; nothing has the name.
    private const string Commit = "commit";

    /// <summary>Each transaction is a view of the scope.</summary>
    internal override bool IsControlName(string name) => true;

    public override ValueTask<FsResult<VirtualNode>> LookupAsync(string name, CancellationToken cancellationToken) =>
        transactions.Find(name) is { Attachment: var attachment }
        ? (FsResult<VirtualNode>)new KeyValueDirectory(attachment, attachment.Options.Prefix)
        : (FsResult<VirtualNode>)Errno.NoEnt;

    public override async IAsyncEnumerable<DirectoryEntry> EnumerateAsync(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await ValueTask.CompletedTask.ConfigureAwait(false);
        foreach (var id in transactions.Ids) yield return new DirectoryEntry(id, FileType.Directory);
    }

    public override ValueTask<Errno> CreateDirectoryAsync(string name, CancellationToken cancellationToken) =>
        name == Commit ? new(Errno.Inval) : transactions.BeginAsync(name, cancellationToken);

    public override ValueTask<Errno> RemoveDirectoryAsync(string name, CancellationToken cancellationToken) => new(transactions.RollBack(name));

    public override ValueTask<Errno> RemoveFileAsync(string name, CancellationToken cancellationToken) =>
        new(transactions.Find(name) is null ? Errno.NoEnt : Errno.IsDir);

    public override ValueTask<Errno> RenameAsync(string name, VirtualDirectory destination, string newName, CancellationToken cancellationToken)
    {
        if (transactions.Find(name) is null) return new(Errno.NoEnt);
        return destination is TransactionDirectory && newName == Commit ? transactions.CommitAsync(name, cancellationToken) : new(Errno.Inval);
    }
}
