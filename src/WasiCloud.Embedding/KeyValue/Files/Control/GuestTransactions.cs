using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.KeyValue.Files.Control;

/// <summary>
/// The transactions of one guest, which are its own: they hold nothing in the store, so its end rolls them back. One guest makes one call at a time, so nothing
/// here is locked.
/// </summary>
internal sealed class GuestTransactions(KeyValueAttachment attachment)
{
    private static readonly KeyValueBatch Nothing = new();

    private readonly Dictionary<string, Transaction> _transactions = new(StringComparer.Ordinal);

    public string[] Ids => [.. _transactions.Keys];

    public Transaction? Find(string id) => _transactions.GetValueOrDefault(id);

    /// <summary>Starts a transaction on the scope as it is now.</summary>
    /// <returns><see cref="Errno.Exist"/>, or <see cref="Errno.MFile"/> if there are too many.</returns>
    public async ValueTask<Errno> BeginAsync(string id, CancellationToken cancellationToken)
    {
        if (_transactions.ContainsKey(id)) return Errno.Exist;
        var options = attachment.Options;
        if (_transactions.Count >= options.MaxTransactions) return Errno.MFile;
        var now = await attachment.Backend.CommitAsync(Nothing, cancellationToken).ConfigureAwait(false);
        var backend = new TransactionBackend(attachment.Backend, now.Revision, new TransactionKeys(options.MaxTransactionKeys, attachment.OpenBytes),
            attachment.OpenBytes, attachment.TimeProvider);
        var view = new KeyValueAttachment(backend, options, attachment.TimeProvider, attachment.OpenBytes, attachment.Scope.InTransaction());
        _transactions.Add(id, new Transaction(backend, view));
        return Errno.Success;
    }

    /// <summary>Commits a transaction, which then is no more, whatever came of it.</summary>
    /// <returns><see cref="Errno.NoEnt"/>; <see cref="Errno.Busy"/>, and nothing happens, if a file is open in it for writing;
    /// <see cref="Errno.Stale"/>.</returns>
    public async ValueTask<Errno> CommitAsync(string id, CancellationToken cancellationToken)
    {
        if (Find(id) is not { } transaction) return Errno.NoEnt;
        if (transaction.Attachment.HasOpenFiles) return Errno.Busy;
        try
        {
            var error = await transaction.Backend.CompleteAsync(cancellationToken).ConfigureAwait(false);
            if (error == Errno.Success) attachment.Numbers.Take(transaction.Attachment.Numbers);
            return error;
        }
        finally
        {
            End(id, transaction);
        }
    }

    /// <summary>Rolls a transaction back.</summary>
    /// <returns><see cref="Errno.NoEnt"/>.</returns>
    public Errno RollBack(string id)
    {
        if (Find(id) is not { } transaction) return Errno.NoEnt;
        End(id, transaction);
        return Errno.Success;
    }

    private void End(string id, Transaction transaction)
    {
        _transactions.Remove(id);
        transaction.Attachment.UnlinkAll();
        transaction.Backend.End();
    }
}
