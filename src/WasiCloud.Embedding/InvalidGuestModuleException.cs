namespace WasiCloud.Embedding;

/// <summary>
/// The bytes are not a module that can run here. The message names what is wrong and, for imports, the first 20 missing ones with their signatures; names of
/// the module are cut and without control characters.
/// </summary>
public sealed class InvalidGuestModuleException : GuestException
{
    /// <summary>Creates the exception, as for a module that an application refuses.</summary>
    /// <param name="message">What is wrong.</param>
    /// <param name="offset">Where, in bytes from the start of the module, if it is one place.</param>
    /// <param name="innerException">The cause.</param>
    public InvalidGuestModuleException(string message, long? offset = null, Exception? innerException = null)
        : base(message, innerException) => Offset = offset;

    /// <summary>The offset in the module, in bytes, at which it went wrong, if it is one place.</summary>
    public long? Offset { get; }
}
