using WasiCloud.Embedding;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.KeyValue.Files;
using WasiCloud.Embedding.KeyValue.Setup;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>What can be said of every scope, whatever its backend.</summary>
public static class KeyValueScopeBuilderExtensions
{
    /// <summary>Changes the limits of what a guest may reach and hold through the scope's files.</summary>
    /// <param name="scope">The scope.</param>
    /// <param name="change">Makes the new options of the present ones, as <c>options =&gt; options with { MaxValueBytes = 1 &lt;&lt; 20 }</c>.</param>
    /// <returns>The scope.</returns>
    public static IKeyValueScopeBuilder WithOptions(this IKeyValueScopeBuilder scope, Func<KeyValueMountOptions, KeyValueMountOptions> change)
    {
        ArgumentNullException.ThrowIfNull(scope);
        ArgumentNullException.ThrowIfNull(change);
        scope.Services.AddSingleton(new KeyValueScopeSetting(scope.Name, Change: change));
        return scope;
    }

    /// <summary>
    /// Gives each guest a part of the scope, such as its tenant's, that it can neither see beyond nor leave: all its keys, locks, transactions and watches.
    /// Below the prefix of the options, if there is one.
    /// </summary>
    /// <param name="scope">The scope.</param>
    /// <param name="namespaceOf"> Names the part for a guest, for example by a feature of its request: one path component, not starting with a dot. Called once
    /// for each guest that uses the scope. A guest for which there is no name (<see langword="null"/>), or none that is allowed, gets <c>EIO</c> for everything
    /// in the scope, and the log tells.
    /// </param>
    /// <returns>The scope.</returns>
    public static IKeyValueScopeBuilder WithNamespace(this IKeyValueScopeBuilder scope, Func<InvocationContext, string?> namespaceOf)
    {
        ArgumentNullException.ThrowIfNull(scope);
        ArgumentNullException.ThrowIfNull(namespaceOf);
        scope.Services.AddSingleton(new KeyValueScopeSetting(scope.Name, NamespaceOf: namespaceOf));
        return scope;
    }

    /// <summary>
    /// Lets guests read and watch, and nothing else: writing is <c>EROFS</c>, and so are locks and transactions. Call it after the backend was chosen.
    /// </summary>
    /// <param name="scope">The scope.</param>
    /// <returns>The scope.</returns>
    /// <exception cref="InvalidOperationException">No backend was chosen yet.</exception>
    public static IKeyValueScopeBuilder AsReadOnly(this IKeyValueScopeBuilder scope)
    {
        ArgumentNullException.ThrowIfNull(scope);
        for (var index = 0; index < scope.Services.Count; index++)
        {
            if (scope.Services[index] is not { IsKeyedService: false, ImplementationInstance: MountRegistration mount }
                || mount.GuestPath != KeyValueScopeBuilder.PathOf(scope.Name)) continue;
            scope.Services[index] = ServiceDescriptor.Singleton(mount with { Access = FileAccess.Read });
            return scope;
        }

        throw new InvalidOperationException($"The key-value scope '{scope.Name}' has no backend yet: call {nameof(AsReadOnly)} after one of its Use methods.");
    }
}
