using System.Numerics;
using WasiCloud.Embedding.Authority;

namespace WasiCloud.Embedding.Hosting.Policies;

/// <summary>The stack of a module's guests. It is its engine's, and a power of two.</summary>
internal static class StackLimit
{
    /// <summary>The smallest of what is said.</summary>
    /// <param name="option">What the module's options say, if anything.</param>
    /// <param name="usual">What the host's options say.</param>
    /// <param name="policy">What may be had at most.</param>
    /// <returns>Bytes; <see langword="null"/> for what is usual.</returns>
    public static int? Of(int? option, int usual, GuestPolicy? policy)
    {
        if (policy?.Limits.StackBytes is not { } limit || limit >= (option ?? usual)) return option;

        // Rounded down: engines round up.
        return (int)(1L << BitOperations.Log2((ulong)limit));
    }
}
