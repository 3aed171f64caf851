using WasiCloud.Embedding.Rpc;

namespace WasiCloud.Embedding.Benchmarks.Overload;

/// <summary>What became of what a client asked.</summary>
internal enum Answer
{
    /// <summary>It was answered.</summary>
    Good,

    /// <summary>It was refused.</summary>
    Refused,

    /// <summary>Its client gave up.</summary>
    GivenUp,
}

/// <summary>Tells what became of it without throwing: the clients share the processors with what they measure.</summary>
internal static class Answers
{
    /// <summary>Waits for a task, whatever becomes of it.</summary>
    public static async Task<Answer> OfAsync(Task task)
    {
        await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (task.IsCompletedSuccessfully) return Answer.Good;
        return task.Exception?.InnerException switch
        {
            null or OperationCanceledException => Answer.GivenUp,
            GuestException or RpcException => Answer.Refused,
            var exception => throw new InvalidOperationException("A client was told something else.", exception),
        };
    }
}
