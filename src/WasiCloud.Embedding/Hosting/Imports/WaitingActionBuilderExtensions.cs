using WasiCloud.Embedding;
using WasiCloud.Embedding.Hosting.Imports;

#pragma warning disable IDE0130 // Extension methods of the builder live where users look for them.
namespace Microsoft.Extensions.DependencyInjection;
#pragma warning restore IDE0130

/// <summary>Adds functions of the application that may wait and return nothing, with their types in C#.</summary>
public static class WaitingActionBuilderExtensions
{
    /// <summary>Offers a function of the application that may wait to guests, which import it, with who calls as its first parameter.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="module">The import's module name, for example <c>env</c>.</param>
    /// <param name="name">The function's name.</param>
    /// <param name="handler">
    /// Does it; several guests may call it at one time. While it waits, the guest does, and needs no place to compute and on fibers no thread. When the
    /// guest
    /// is to end, the token of <see cref="GuestAsyncCaller"/> is cancelled and nobody waits for the handler any more.
    /// </param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentException">A type is none that guests know, or a name is not well-formed.</exception>
    /// <remarks>The host does not start if two functions have one name, or one has that of a WASI function.</remarks>
    public static IWasiCloudBuilder AddImport(this IWasiCloudBuilder builder, string module, string name, Func<GuestAsyncCaller, ValueTask> handler) =>
        ImportRegistration.Add(builder, module, name, handler, [], [], (_, caller) => handler(caller));

    /// <inheritdoc cref="AddImport(IWasiCloudBuilder, string, string, Func{GuestAsyncCaller, ValueTask})"/>
    /// <typeparam name="T1">An argument.</typeparam>
    public static IWasiCloudBuilder AddImport<T1>(this IWasiCloudBuilder builder, string module, string name, Func<GuestAsyncCaller, T1, ValueTask> handler)
        where T1 : unmanaged =>
        ImportRegistration.Add(builder, module, name, handler, [GuestTypes.Of<T1>()], [], (slots, caller) => handler(caller, slots[0].Get<T1>()));

    /// <inheritdoc cref="AddImport(IWasiCloudBuilder, string, string, Func{GuestAsyncCaller, ValueTask})"/>
    /// <typeparam name="T1">An argument.</typeparam>
    /// <typeparam name="T2">An argument.</typeparam>
    public static IWasiCloudBuilder AddImport<T1, T2>(
        this IWasiCloudBuilder builder, string module, string name, Func<GuestAsyncCaller, T1, T2, ValueTask> handler)
        where T1 : unmanaged where T2 : unmanaged =>
        ImportRegistration.Add(
            builder, module, name, handler,
            [GuestTypes.Of<T1>(), GuestTypes.Of<T2>()],
            [],
            (slots, caller) => handler(caller, slots[0].Get<T1>(), slots[1].Get<T2>()));

    /// <inheritdoc cref="AddImport(IWasiCloudBuilder, string, string, Func{GuestAsyncCaller, ValueTask})"/>
    /// <typeparam name="T1">An argument.</typeparam>
    /// <typeparam name="T2">An argument.</typeparam>
    /// <typeparam name="T3">An argument.</typeparam>
    public static IWasiCloudBuilder AddImport<T1, T2, T3>(
        this IWasiCloudBuilder builder, string module, string name, Func<GuestAsyncCaller, T1, T2, T3, ValueTask> handler)
        where T1 : unmanaged where T2 : unmanaged where T3 : unmanaged =>
        ImportRegistration.Add(
            builder, module, name, handler,
            [GuestTypes.Of<T1>(), GuestTypes.Of<T2>(), GuestTypes.Of<T3>()],
            [],
            (slots, caller) => handler(caller, slots[0].Get<T1>(), slots[1].Get<T2>(), slots[2].Get<T3>()));

    /// <inheritdoc cref="AddImport(IWasiCloudBuilder, string, string, Func{GuestAsyncCaller, ValueTask})"/>
    /// <typeparam name="T1">An argument.</typeparam>
    /// <typeparam name="T2">An argument.</typeparam>
    /// <typeparam name="T3">An argument.</typeparam>
    /// <typeparam name="T4">An argument.</typeparam>
    public static IWasiCloudBuilder AddImport<T1, T2, T3, T4>(
        this IWasiCloudBuilder builder, string module, string name, Func<GuestAsyncCaller, T1, T2, T3, T4, ValueTask> handler)
        where T1 : unmanaged where T2 : unmanaged where T3 : unmanaged where T4 : unmanaged =>
        ImportRegistration.Add(
            builder, module, name, handler,
            [GuestTypes.Of<T1>(), GuestTypes.Of<T2>(), GuestTypes.Of<T3>(), GuestTypes.Of<T4>()],
            [],
            (slots, caller) => handler(caller, slots[0].Get<T1>(), slots[1].Get<T2>(), slots[2].Get<T3>(), slots[3].Get<T4>()));

    /// <inheritdoc cref="AddImport(IWasiCloudBuilder, string, string, Func{GuestAsyncCaller, ValueTask})"/>
    /// <typeparam name="T1">An argument.</typeparam>
    /// <typeparam name="T2">An argument.</typeparam>
    /// <typeparam name="T3">An argument.</typeparam>
    /// <typeparam name="T4">An argument.</typeparam>
    /// <typeparam name="T5">An argument.</typeparam>
    public static IWasiCloudBuilder AddImport<T1, T2, T3, T4, T5>(
        this IWasiCloudBuilder builder, string module, string name, Func<GuestAsyncCaller, T1, T2, T3, T4, T5, ValueTask> handler)
        where T1 : unmanaged where T2 : unmanaged where T3 : unmanaged where T4 : unmanaged where T5 : unmanaged =>
        ImportRegistration.Add(
            builder, module, name, handler,
            [GuestTypes.Of<T1>(), GuestTypes.Of<T2>(), GuestTypes.Of<T3>(), GuestTypes.Of<T4>(), GuestTypes.Of<T5>()],
            [],
            (slots, caller) => handler(caller, slots[0].Get<T1>(), slots[1].Get<T2>(), slots[2].Get<T3>(), slots[3].Get<T4>(), slots[4].Get<T5>()));

    /// <inheritdoc cref="AddImport(IWasiCloudBuilder, string, string, Func{GuestAsyncCaller, ValueTask})"/>
    /// <typeparam name="T1">An argument.</typeparam>
    /// <typeparam name="T2">An argument.</typeparam>
    /// <typeparam name="T3">An argument.</typeparam>
    /// <typeparam name="T4">An argument.</typeparam>
    /// <typeparam name="T5">An argument.</typeparam>
    /// <typeparam name="T6">An argument.</typeparam>
    public static IWasiCloudBuilder AddImport<T1, T2, T3, T4, T5, T6>(
        this IWasiCloudBuilder builder, string module, string name, Func<GuestAsyncCaller, T1, T2, T3, T4, T5, T6, ValueTask> handler)
        where T1 : unmanaged where T2 : unmanaged where T3 : unmanaged where T4 : unmanaged where T5 : unmanaged
        where T6 : unmanaged =>
        ImportRegistration.Add(
            builder, module, name, handler,
            [GuestTypes.Of<T1>(), GuestTypes.Of<T2>(), GuestTypes.Of<T3>(), GuestTypes.Of<T4>(), GuestTypes.Of<T5>(), GuestTypes.Of<T6>()],
            [],
            (slots, caller) => handler(
                caller, slots[0].Get<T1>(), slots[1].Get<T2>(), slots[2].Get<T3>(), slots[3].Get<T4>(), slots[4].Get<T5>(), slots[5].Get<T6>()));

    /// <inheritdoc cref="AddImport(IWasiCloudBuilder, string, string, Func{GuestAsyncCaller, ValueTask})"/>
    /// <typeparam name="T1">An argument.</typeparam>
    /// <typeparam name="T2">An argument.</typeparam>
    /// <typeparam name="T3">An argument.</typeparam>
    /// <typeparam name="T4">An argument.</typeparam>
    /// <typeparam name="T5">An argument.</typeparam>
    /// <typeparam name="T6">An argument.</typeparam>
    /// <typeparam name="T7">An argument.</typeparam>
    public static IWasiCloudBuilder AddImport<T1, T2, T3, T4, T5, T6, T7>(
        this IWasiCloudBuilder builder, string module, string name, Func<GuestAsyncCaller, T1, T2, T3, T4, T5, T6, T7, ValueTask> handler)
        where T1 : unmanaged where T2 : unmanaged where T3 : unmanaged where T4 : unmanaged where T5 : unmanaged
        where T6 : unmanaged where T7 : unmanaged =>
        ImportRegistration.Add(
            builder, module, name, handler,
            [GuestTypes.Of<T1>(), GuestTypes.Of<T2>(), GuestTypes.Of<T3>(), GuestTypes.Of<T4>(), GuestTypes.Of<T5>(), GuestTypes.Of<T6>(),
                GuestTypes.Of<T7>()],
            [],
            (slots, caller) => handler(
                caller, slots[0].Get<T1>(), slots[1].Get<T2>(), slots[2].Get<T3>(), slots[3].Get<T4>(), slots[4].Get<T5>(), slots[5].Get<T6>(),
                slots[6].Get<T7>()));

    /// <inheritdoc cref="AddImport(IWasiCloudBuilder, string, string, Func{GuestAsyncCaller, ValueTask})"/>
    /// <typeparam name="T1">An argument.</typeparam>
    /// <typeparam name="T2">An argument.</typeparam>
    /// <typeparam name="T3">An argument.</typeparam>
    /// <typeparam name="T4">An argument.</typeparam>
    /// <typeparam name="T5">An argument.</typeparam>
    /// <typeparam name="T6">An argument.</typeparam>
    /// <typeparam name="T7">An argument.</typeparam>
    /// <typeparam name="T8">An argument.</typeparam>
    public static IWasiCloudBuilder AddImport<T1, T2, T3, T4, T5, T6, T7, T8>(
        this IWasiCloudBuilder builder, string module, string name, Func<GuestAsyncCaller, T1, T2, T3, T4, T5, T6, T7, T8, ValueTask> handler)
        where T1 : unmanaged where T2 : unmanaged where T3 : unmanaged where T4 : unmanaged where T5 : unmanaged
        where T6 : unmanaged where T7 : unmanaged where T8 : unmanaged =>
        ImportRegistration.Add(
            builder, module, name, handler,
            [GuestTypes.Of<T1>(), GuestTypes.Of<T2>(), GuestTypes.Of<T3>(), GuestTypes.Of<T4>(), GuestTypes.Of<T5>(), GuestTypes.Of<T6>(),
                GuestTypes.Of<T7>(), GuestTypes.Of<T8>()],
            [],
            (slots, caller) => handler(
                caller, slots[0].Get<T1>(), slots[1].Get<T2>(), slots[2].Get<T3>(), slots[3].Get<T4>(), slots[4].Get<T5>(), slots[5].Get<T6>(),
                slots[6].Get<T7>(), slots[7].Get<T8>()));
}
