using WasiCloud.Embedding;
using WasiCloud.Embedding.Hosting.Imports;

#pragma warning disable IDE0130 // Extension methods of the builder live where users look for them.
namespace Microsoft.Extensions.DependencyInjection;
#pragma warning restore IDE0130

/// <summary>Adds functions of the application that guests import, with any values.</summary>
public static class ImportBuilderExtensions
{
    /// <summary>Offers a function of the application to guests, which import it (core specification section 2.5.11, "Imports").</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="module">The import's module name, for example <c>env</c>.</param>
    /// <param name="name">The function's name.</param>
    /// <param name="parameters">What it takes: 1,000 values at most.</param>
    /// <param name="results">What it returns: 1,000 values at most.</param>
    /// <param name="handler">
    /// Does it, on the thread that runs the guest; several guests may call it at one time. It cannot call back into the guest that is calling.
    /// </param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentException">
    /// There are too many parameters or results, or one of a type that guests and hosts do not exchange, or a name is not well-formed.
    /// </exception>
    /// <remarks>The host does not start if two functions have one name, or one has that of a WASI function.</remarks>
    public static IWasiCloudBuilder AddImport(
        this IWasiCloudBuilder builder, string module, string name, GuestValueType[] parameters, GuestValueType[] results, GuestImportHandler handler)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(results);
        return ImportRegistration.Add(builder, module, name, handler, parameters, results, new UntypedImport(parameters, results).Calling(handler));
    }

    /// <summary>Offers a function of the application that may wait to guests, which import it.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="module">The import's module name, for example <c>env</c>.</param>
    /// <param name="name">The function's name.</param>
    /// <param name="parameters">What it takes: 1,000 values at most.</param>
    /// <param name="results">What it returns: 1,000 values at most.</param>
    /// <param name="handler">
    /// Does it; several guests may call it at one time. While it waits, the guest does, and needs no place to compute and on fibers no thread. When the guest
    /// is to end, the token of <see cref="GuestAsyncCaller"/> is cancelled and nobody waits for the handler any more.
    /// </param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentException">
    /// There are too many parameters or results, or one of a type that guests and hosts do not exchange, or a name is not well-formed.
    /// </exception>
    /// <remarks>The host does not start if two functions have one name, or one has that of a WASI function.</remarks>
    public static IWasiCloudBuilder AddImport(
        this IWasiCloudBuilder builder, string module, string name, GuestValueType[] parameters, GuestValueType[] results, GuestAsyncImportHandler handler)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(results);
        return ImportRegistration.Add(builder, module, name, handler, parameters, results, new UntypedImport(parameters, results).Awaiting(handler));
    }
}
