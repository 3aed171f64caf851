using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Hosting;

/// <summary>Makes a mount of the application's own: the same of equal arguments.</summary>
/// <typeparam name="TMount">The mount; its constructor gets services and the arguments.</typeparam>
internal sealed record ActivatedMount<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TMount>(object[] Arguments)
    where TMount : class, IVirtualMount
{
    public IVirtualMount CreateMount(IServiceProvider provider) => ActivatorUtilities.CreateInstance<TMount>(provider, Arguments);

    public bool Equals(ActivatedMount<TMount>? other) => other is not null && Arguments.AsSpan().SequenceEqual(other.Arguments);

    public override int GetHashCode() => Arguments.Length;
}
