using WasiCloud.Embedding.KeyValue.Locks;

namespace WasiCloud.Embedding.KeyValue.Files;

/// <summary>Checks the ranges that <see cref="KeyValueMountOptions"/> documents.</summary>
internal sealed class KeyValueMountOptionsValidator : OptionsValidator<KeyValueMountOptions>
{
    public static KeyValueMountOptionsValidator Instance { get; } = new();

    protected override void Check(KeyValueMountOptions options, OptionProblems problems)
    {
        // "tenant1" would also match the keys of "tenant10".
        problems.Require(options.Prefix is { } prefix && (prefix.Length == 0 || prefix.EndsWith('/')), options.Prefix, "must be empty or end with '/'");
        problems.Range(options.MaxValueBytes, 0, Array.MaxLength);
        problems.Range(options.MaxKeyBytes, 1, KeyValueKey.MaxBytes);
        problems.NotNegative(options.MaxOpenBytes);
        problems.NotNegative(options.MaxLocks);
        problems.Require(LeaseLocks.IsLease(options.LockLease), options.LockLease, "must be from 1 second to 1 hour");
        problems.NotNegative(options.MaxTransactions);
        problems.NotNegative(options.MaxTransactionKeys);
        problems.NotNegative(options.MaxStoredBytes);
        problems.NotNegative(options.MaxStoredKeys);
    }
}
