using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.KeyValue.Files;

namespace WasiCloud.Embedding.KeyValue.Setup;

/// <summary>What was said of one scope besides its backend.</summary>
/// <param name="Scope">The scope's name.</param>
/// <param name="Change">Changes the options of its mount.</param>
/// <param name="NamespaceOf">Finds the part of the scope that a guest gets.</param>
internal sealed record KeyValueScopeSetting(
    string Scope, Func<KeyValueMountOptions, KeyValueMountOptions>? Change = null, Func<InvocationContext, string?>? NamespaceOf = null);
