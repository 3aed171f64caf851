namespace WasiCloud.Embedding.Rpc;

/// <summary>A service as it was added. Equal to another of the same name and access that has the same handler.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Access">What guests may do with it without a policy.</param>
/// <param name="CreateHandler">Makes its handler; <see langword="null"/> if guests serve it.</param>
internal sealed record RpcRegistration(string Name, RpcAccess Access, Func<IServiceProvider, RpcHandler>? CreateHandler)
{
    public bool Equals(RpcRegistration? other) =>
        other is not null && Name == other.Name && Access == other.Access && FunctionEquality.AreSame(CreateHandler, other.CreateHandler);

    public override int GetHashCode() => HashCode.Combine(Name, Access);
}
