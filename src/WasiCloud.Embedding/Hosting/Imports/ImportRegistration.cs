using Microsoft.Extensions.DependencyInjection;

namespace WasiCloud.Embedding.Hosting.Imports;

/// <summary>Notes the application's own functions for the host that is going to be made.</summary>
internal static class ImportRegistration
{
    /// <summary>Notes one that never waits.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="module">The import's module name.</param>
    /// <param name="name">The function's name.</param>
    /// <param name="handler">What the application gave.</param>
    /// <param name="parameters">What it takes.</param>
    /// <param name="results">What it returns.</param>
    /// <param name="body">Calls <paramref name="handler"/>.</param>
    public static IWasiCloudBuilder Add(
        IWasiCloudBuilder builder, string module, string name, Delegate handler, GuestValueType[] parameters, GuestValueType[] results, GuestImportBody body)
    {
        Check(builder, module, name, handler);
        builder.Services.AddSingleton(new GuestImport(module, name, parameters, results, body));
        return builder;
    }

    /// <summary>Notes one that may wait.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="module">The import's module name.</param>
    /// <param name="name">The function's name.</param>
    /// <param name="handler">What the application gave.</param>
    /// <param name="parameters">What it takes.</param>
    /// <param name="results">What it returns.</param>
    /// <param name="body">Calls <paramref name="handler"/>.</param>
    public static IWasiCloudBuilder Add(
        IWasiCloudBuilder builder, string module, string name, Delegate handler, GuestValueType[] parameters, GuestValueType[] results, WaitingImportBody body)
    {
        Check(builder, module, name, handler);
        builder.Services.AddSingleton(new GuestImport(module, name, parameters, results, body));
        return builder;
    }

    private static void Check(IWasiCloudBuilder builder, string module, string name, Delegate handler)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(handler);
    }
}
