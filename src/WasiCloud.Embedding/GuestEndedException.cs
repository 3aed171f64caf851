namespace WasiCloud.Embedding;

/// <summary>An instance was used after it had ended.</summary>
public sealed class GuestEndedException : InvalidOperationException
{
    internal GuestEndedException(string module, Exception? failure)
        : base($"The instance of '{module}' has ended.", failure)
    {
    }

    /// <summary>What ended it: what <see cref="GuestInstance.Failure"/> is; <see langword="null"/> if it was disposed while no call ran.</summary>
    public Exception? Failure => InnerException;
}
