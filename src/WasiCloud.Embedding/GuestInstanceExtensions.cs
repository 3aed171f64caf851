namespace WasiCloud.Embedding;

/// <summary>Finds functions of an instance with their types in C#.</summary>
public static class GuestInstanceExtensions
{
    /// <summary>Finds a function that returns something, after waiting for a call that runs. Find it once and call it often.</summary>
    /// <typeparam name="TResult">What it returns: a number, or a tuple of two to seven.</typeparam>
    /// <param name="instance">The instance.</param>
    /// <param name="name">The name of the export.</param>
    /// <returns>The function.</returns>
    /// <exception cref="KeyNotFoundException">The module exports no function of that name. The message lists those it does.</exception>
    /// <exception cref="GuestSignatureException">The function takes or returns other numbers.</exception>
    /// <exception cref="NotSupportedException">The function takes or returns vectors or references.</exception>
    /// <exception cref="ArgumentException">A type is none that guests know.</exception>
    /// <exception cref="GuestEndedException">The instance has ended.</exception>
    public static GuestFunction<TResult> GetFunction<TResult>(this GuestInstance instance, string name)
        where TResult : unmanaged =>
        new(Find(instance, name));

    /// <inheritdoc cref="GetFunction{TResult}(GuestInstance, string)"/>
    /// <typeparam name="T1">An argument.</typeparam>
    /// <typeparam name="TResult">What it returns: a number, or a tuple of two to seven.</typeparam>
    public static GuestFunction<T1, TResult> GetFunction<T1, TResult>(this GuestInstance instance, string name)
        where T1 : unmanaged where TResult : unmanaged =>
        new(Find(instance, name));

    /// <inheritdoc cref="GetFunction{TResult}(GuestInstance, string)"/>
    /// <typeparam name="T1">An argument.</typeparam>
    /// <typeparam name="T2">An argument.</typeparam>
    /// <typeparam name="TResult">What it returns: a number, or a tuple of two to seven.</typeparam>
    public static GuestFunction<T1, T2, TResult> GetFunction<T1, T2, TResult>(this GuestInstance instance, string name)
        where T1 : unmanaged where T2 : unmanaged where TResult : unmanaged =>
        new(Find(instance, name));

    /// <inheritdoc cref="GetFunction{TResult}(GuestInstance, string)"/>
    /// <typeparam name="T1">An argument.</typeparam>
    /// <typeparam name="T2">An argument.</typeparam>
    /// <typeparam name="T3">An argument.</typeparam>
    /// <typeparam name="TResult">What it returns: a number, or a tuple of two to seven.</typeparam>
    public static GuestFunction<T1, T2, T3, TResult> GetFunction<T1, T2, T3, TResult>(this GuestInstance instance, string name)
        where T1 : unmanaged where T2 : unmanaged where T3 : unmanaged where TResult : unmanaged =>
        new(Find(instance, name));

    /// <inheritdoc cref="GetFunction{TResult}(GuestInstance, string)"/>
    /// <typeparam name="T1">An argument.</typeparam>
    /// <typeparam name="T2">An argument.</typeparam>
    /// <typeparam name="T3">An argument.</typeparam>
    /// <typeparam name="T4">An argument.</typeparam>
    /// <typeparam name="TResult">What it returns: a number, or a tuple of two to seven.</typeparam>
    public static GuestFunction<T1, T2, T3, T4, TResult> GetFunction<T1, T2, T3, T4, TResult>(this GuestInstance instance, string name)
        where T1 : unmanaged where T2 : unmanaged where T3 : unmanaged where T4 : unmanaged where TResult : unmanaged =>
        new(Find(instance, name));

    /// <inheritdoc cref="GetFunction{TResult}(GuestInstance, string)"/>
    /// <typeparam name="T1">An argument.</typeparam>
    /// <typeparam name="T2">An argument.</typeparam>
    /// <typeparam name="T3">An argument.</typeparam>
    /// <typeparam name="T4">An argument.</typeparam>
    /// <typeparam name="T5">An argument.</typeparam>
    /// <typeparam name="TResult">What it returns: a number, or a tuple of two to seven.</typeparam>
    public static GuestFunction<T1, T2, T3, T4, T5, TResult> GetFunction<T1, T2, T3, T4, T5, TResult>(this GuestInstance instance, string name)
        where T1 : unmanaged where T2 : unmanaged where T3 : unmanaged where T4 : unmanaged where T5 : unmanaged
        where TResult : unmanaged =>
        new(Find(instance, name));

    /// <inheritdoc cref="GetFunction{TResult}(GuestInstance, string)"/>
    /// <typeparam name="T1">An argument.</typeparam>
    /// <typeparam name="T2">An argument.</typeparam>
    /// <typeparam name="T3">An argument.</typeparam>
    /// <typeparam name="T4">An argument.</typeparam>
    /// <typeparam name="T5">An argument.</typeparam>
    /// <typeparam name="T6">An argument.</typeparam>
    /// <typeparam name="TResult">What it returns: a number, or a tuple of two to seven.</typeparam>
    public static GuestFunction<T1, T2, T3, T4, T5, T6, TResult> GetFunction<T1, T2, T3, T4, T5, T6, TResult>(this GuestInstance instance, string name)
        where T1 : unmanaged where T2 : unmanaged where T3 : unmanaged where T4 : unmanaged where T5 : unmanaged
        where T6 : unmanaged where TResult : unmanaged =>
        new(Find(instance, name));

    /// <inheritdoc cref="GetFunction{TResult}(GuestInstance, string)"/>
    /// <typeparam name="T1">An argument.</typeparam>
    /// <typeparam name="T2">An argument.</typeparam>
    /// <typeparam name="T3">An argument.</typeparam>
    /// <typeparam name="T4">An argument.</typeparam>
    /// <typeparam name="T5">An argument.</typeparam>
    /// <typeparam name="T6">An argument.</typeparam>
    /// <typeparam name="T7">An argument.</typeparam>
    /// <typeparam name="TResult">What it returns: a number, or a tuple of two to seven.</typeparam>
    public static GuestFunction<T1, T2, T3, T4, T5, T6, T7, TResult> GetFunction<T1, T2, T3, T4, T5, T6, T7, TResult>(this GuestInstance instance,
        string name)
        where T1 : unmanaged where T2 : unmanaged where T3 : unmanaged where T4 : unmanaged where T5 : unmanaged
        where T6 : unmanaged where T7 : unmanaged where TResult : unmanaged =>
        new(Find(instance, name));

    /// <inheritdoc cref="GetFunction{TResult}(GuestInstance, string)"/>
    /// <typeparam name="T1">An argument.</typeparam>
    /// <typeparam name="T2">An argument.</typeparam>
    /// <typeparam name="T3">An argument.</typeparam>
    /// <typeparam name="T4">An argument.</typeparam>
    /// <typeparam name="T5">An argument.</typeparam>
    /// <typeparam name="T6">An argument.</typeparam>
    /// <typeparam name="T7">An argument.</typeparam>
    /// <typeparam name="T8">An argument.</typeparam>
    /// <typeparam name="TResult">What it returns: a number, or a tuple of two to seven.</typeparam>
    public static GuestFunction<T1, T2, T3, T4, T5, T6, T7, T8, TResult> GetFunction<T1, T2, T3, T4, T5, T6, T7, T8,
    TResult>(this GuestInstance instance, string name)
        where T1 : unmanaged where T2 : unmanaged where T3 : unmanaged where T4 : unmanaged where T5 : unmanaged
        where T6 : unmanaged where T7 : unmanaged where T8 : unmanaged where TResult : unmanaged =>
        new(Find(instance, name));

    /// <summary>Finds a function that returns nothing, after waiting for a call that runs. Find it once and call it often.</summary>
    /// <param name="instance">The instance.</param>
    /// <param name="name">The name of the export.</param>
    /// <returns>The function.</returns>
    /// <exception cref="KeyNotFoundException">The module exports no function of that name. The message lists those it does.</exception>
    /// <exception cref="GuestSignatureException">The function takes or returns other numbers.</exception>
    /// <exception cref="NotSupportedException">The function takes or returns vectors or references.</exception>
    /// <exception cref="ArgumentException">A type is none that guests know.</exception>
    /// <exception cref="GuestEndedException">The instance has ended.</exception>
    public static GuestAction GetAction(this GuestInstance instance, string name) =>
        new(Find(instance, name));

    /// <inheritdoc cref="GetAction(GuestInstance, string)"/>
    /// <typeparam name="T1">An argument.</typeparam>
    public static GuestAction<T1> GetAction<T1>(this GuestInstance instance, string name)
        where T1 : unmanaged =>
        new(Find(instance, name));

    /// <inheritdoc cref="GetAction(GuestInstance, string)"/>
    /// <typeparam name="T1">An argument.</typeparam>
    /// <typeparam name="T2">An argument.</typeparam>
    public static GuestAction<T1, T2> GetAction<T1, T2>(this GuestInstance instance, string name)
        where T1 : unmanaged where T2 : unmanaged =>
        new(Find(instance, name));

    /// <inheritdoc cref="GetAction(GuestInstance, string)"/>
    /// <typeparam name="T1">An argument.</typeparam>
    /// <typeparam name="T2">An argument.</typeparam>
    /// <typeparam name="T3">An argument.</typeparam>
    public static GuestAction<T1, T2, T3> GetAction<T1, T2, T3>(this GuestInstance instance, string name)
        where T1 : unmanaged where T2 : unmanaged where T3 : unmanaged =>
        new(Find(instance, name));

    /// <inheritdoc cref="GetAction(GuestInstance, string)"/>
    /// <typeparam name="T1">An argument.</typeparam>
    /// <typeparam name="T2">An argument.</typeparam>
    /// <typeparam name="T3">An argument.</typeparam>
    /// <typeparam name="T4">An argument.</typeparam>
    public static GuestAction<T1, T2, T3, T4> GetAction<T1, T2, T3, T4>(this GuestInstance instance, string name)
        where T1 : unmanaged where T2 : unmanaged where T3 : unmanaged where T4 : unmanaged =>
        new(Find(instance, name));

    /// <inheritdoc cref="GetAction(GuestInstance, string)"/>
    /// <typeparam name="T1">An argument.</typeparam>
    /// <typeparam name="T2">An argument.</typeparam>
    /// <typeparam name="T3">An argument.</typeparam>
    /// <typeparam name="T4">An argument.</typeparam>
    /// <typeparam name="T5">An argument.</typeparam>
    public static GuestAction<T1, T2, T3, T4, T5> GetAction<T1, T2, T3, T4, T5>(this GuestInstance instance, string name)
        where T1 : unmanaged where T2 : unmanaged where T3 : unmanaged where T4 : unmanaged where T5 : unmanaged =>
        new(Find(instance, name));

    /// <inheritdoc cref="GetAction(GuestInstance, string)"/>
    /// <typeparam name="T1">An argument.</typeparam>
    /// <typeparam name="T2">An argument.</typeparam>
    /// <typeparam name="T3">An argument.</typeparam>
    /// <typeparam name="T4">An argument.</typeparam>
    /// <typeparam name="T5">An argument.</typeparam>
    /// <typeparam name="T6">An argument.</typeparam>
    public static GuestAction<T1, T2, T3, T4, T5, T6> GetAction<T1, T2, T3, T4, T5, T6>(this GuestInstance instance, string name)
        where T1 : unmanaged where T2 : unmanaged where T3 : unmanaged where T4 : unmanaged where T5 : unmanaged
        where T6 : unmanaged =>
        new(Find(instance, name));

    /// <inheritdoc cref="GetAction(GuestInstance, string)"/>
    /// <typeparam name="T1">An argument.</typeparam>
    /// <typeparam name="T2">An argument.</typeparam>
    /// <typeparam name="T3">An argument.</typeparam>
    /// <typeparam name="T4">An argument.</typeparam>
    /// <typeparam name="T5">An argument.</typeparam>
    /// <typeparam name="T6">An argument.</typeparam>
    /// <typeparam name="T7">An argument.</typeparam>
    public static GuestAction<T1, T2, T3, T4, T5, T6, T7> GetAction<T1, T2, T3, T4, T5, T6, T7>(this GuestInstance instance, string name)
        where T1 : unmanaged where T2 : unmanaged where T3 : unmanaged where T4 : unmanaged where T5 : unmanaged
        where T6 : unmanaged where T7 : unmanaged =>
        new(Find(instance, name));

    /// <inheritdoc cref="GetAction(GuestInstance, string)"/>
    /// <typeparam name="T1">An argument.</typeparam>
    /// <typeparam name="T2">An argument.</typeparam>
    /// <typeparam name="T3">An argument.</typeparam>
    /// <typeparam name="T4">An argument.</typeparam>
    /// <typeparam name="T5">An argument.</typeparam>
    /// <typeparam name="T6">An argument.</typeparam>
    /// <typeparam name="T7">An argument.</typeparam>
    /// <typeparam name="T8">An argument.</typeparam>
    public static GuestAction<T1, T2, T3, T4, T5, T6, T7, T8> GetAction<T1, T2, T3, T4, T5, T6, T7, T8>(this GuestInstance instance, string name)
        where T1 : unmanaged where T2 : unmanaged where T3 : unmanaged where T4 : unmanaged where T5 : unmanaged
        where T6 : unmanaged where T7 : unmanaged where T8 : unmanaged =>
        new(Find(instance, name));

    private static GuestFunction Find(GuestInstance instance, string name)
    {
        ArgumentNullException.ThrowIfNull(instance);
        return instance.GetFunction(name);
    }
}
