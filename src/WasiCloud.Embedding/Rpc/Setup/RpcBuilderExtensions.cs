using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using WasiCloud.Embedding;
using WasiCloud.Embedding.Hosting;
using WasiCloud.Embedding.Rpc;
using WasiCloud.Embedding.Rpc.Files;
using WasiCloud.Embedding.Rpc.Setup;

#pragma warning disable IDE0130 // Beside the other extension methods of IWasiCloudBuilder.
namespace Microsoft.Extensions.DependencyInjection;
#pragma warning restore IDE0130

/// <summary>Adds services below <c>/beta/rpc</c> (docs/filesystem.md), and <see cref="IGuestRpc"/> to call them from the application.</summary>
public static class RpcBuilderExtensions
{
    private const string GuestPath = "/beta/rpc";

    /// <summary>Adds a service that guests serve.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="name">The service's name: one path component that does not start with a dot.</param>
    /// <param name="access">What guests may do without a policy. By default they may call: which guest serves is to be said.</param>
    /// <returns>The builder.</returns>
    public static IWasiCloudBuilder AddRpcService(this IWasiCloudBuilder builder, string name, RpcAccess access = RpcAccess.Call) =>
        Add(builder, name, access, createHandler: null);

    /// <summary>Offers a function of the application to guests.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="name">The service's name: one path component that does not start with a dot.</param>
    /// <param name="handler">The function.</param>
    /// <param name="access">What guests may do without a policy: <see cref="RpcAccess.Call"/> or nothing. No guest serves it.</param>
    /// <returns>The builder.</returns>
    public static IWasiCloudBuilder AddRpcService(this IWasiCloudBuilder builder, string name, RpcHandler handler, RpcAccess access = RpcAccess.Call)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Add(builder, name, access, new GivenHandler(handler).Create);
    }

    /// <summary>
    /// Offers a function of the application to guests, made of the application's services. Those of a call, in a scope of its own, are in
    /// <see cref="RpcRequest.Services"/>, whatever made the function.
    /// </summary>
    /// <param name="builder">The builder.</param>
    /// <param name="name">The service's name: one path component that does not start with a dot.</param>
    /// <param name="create">Makes the function, once.</param>
    /// <param name="access">What guests may do without a policy: <see cref="RpcAccess.Call"/> or nothing.</param>
    /// <returns>The builder.</returns>
    public static IWasiCloudBuilder AddRpcService(
        this IWasiCloudBuilder builder, string name, Func<IServiceProvider, RpcHandler> create, RpcAccess access = RpcAccess.Call)
    {
        ArgumentNullException.ThrowIfNull(create);
        return Add(builder, name, access, create);
    }

    /// <summary>
    /// Offers a class of the application to guests. Each call gets an instance, from a scope of services of its own that is disposed when the call has ended,
    /// also if it failed or was cancelled: so the class may need what is scoped, such as a database context.
    /// </summary>
    /// <typeparam name="THandler">The class; its constructor gets services. Registered as scoped, unless it is registered already.</typeparam>
    /// <param name="builder">The builder.</param>
    /// <param name="name">The service's name: one path component that does not start with a dot.</param>
    /// <param name="access">What guests may do without a policy: <see cref="RpcAccess.Call"/> or nothing.</param>
    /// <returns>The builder.</returns>
    public static IWasiCloudBuilder AddRpcService<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>(
        this IWasiCloudBuilder builder, string name, RpcAccess access = RpcAccess.Call)
        where THandler : class, IRpcHandler
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.TryAddScoped<THandler>();
        return Add(builder, name, access, static _ => static (request, response, cancellationToken) =>
            request.Services.GetRequiredService<THandler>().HandleAsync(request, response, cancellationToken));
    }

    /// <summary>Offers a function from JSON to JSON to guests. A request that is not JSON of that type is <c>EINVAL</c> for the caller.</summary>
    /// <typeparam name="TRequest">What the request is.</typeparam>
    /// <typeparam name="TResponse">What the response is.</typeparam>
    /// <param name="builder">The builder.</param>
    /// <param name="name">The service's name: one path component that does not start with a dot.</param>
    /// <param name="function">The function; called as an <see cref="RpcHandler"/> is. Its first argument is <see langword="null"/> if the request is
    /// <c>null</c>.</param>
    /// <param name="requestType">How to read the request.</param>
    /// <param name="responseType">How to write the response.</param>
    /// <param name="access">What guests may do without a policy: <see cref="RpcAccess.Call"/> or nothing.</param>
    /// <returns>The builder.</returns>
    public static IWasiCloudBuilder AddRpcService<TRequest, TResponse>(
        this IWasiCloudBuilder builder,
        string name,
        Func<TRequest?, RpcRequest, CancellationToken, ValueTask<TResponse>> function,
        JsonTypeInfo<TRequest> requestType,
        JsonTypeInfo<TResponse> responseType,
        RpcAccess access = RpcAccess.Call)
    {
        ArgumentNullException.ThrowIfNull(function);
        ArgumentNullException.ThrowIfNull(requestType);
        ArgumentNullException.ThrowIfNull(responseType);
        return Add(builder, name, access, new JsonHandler<TRequest, TResponse>(function, requestType, responseType).Create);
    }

    /// <summary>Sets the limits of all services.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Sets them.</param>
    /// <returns>The builder.</returns>
    public static IWasiCloudBuilder ConfigureRpc(this IWasiCloudBuilder builder, Action<RpcOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.Configure(configure);
        return builder;
    }

    private static IWasiCloudBuilder Add(IWasiCloudBuilder builder, string name, RpcAccess access, Func<IServiceProvider, RpcHandler>? createHandler)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ServiceName.Check(name, "RPC service");
        builder.Services.TryAddRegistration(new RpcRegistration(name, access, createHandler));
        if (builder.Services.Any(service => service.ServiceType == typeof(RpcServices))) return builder;
        builder.Services.AddOptions<RpcOptions>().ValidateOnStart();
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<RpcOptions>, RpcOptionsValidator>());
        builder.Services.AddSingleton<RpcServices>();
        builder.Services.TryAddSingleton<IGuestRpc>(provider => provider.GetRequiredService<RpcServices>());
        return builder.AddMount(GuestPath, FileAccess.ReadWrite, provider => new RpcMount(provider.GetRequiredService<RpcServices>()));
    }
}
