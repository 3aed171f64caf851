using System.Diagnostics.CodeAnalysis;

namespace WasiCloud.Embedding.FileSystem;

/// <summary>A value, or the <see cref="Errno"/> that prevented it. Expected failures are values, never exceptions.</summary>
/// <typeparam name="T">The type of the value.</typeparam>
/// <remarks>
/// Both <c>return node;</c> and <c>return Errno.NoEnt;</c> compile, also from methods that return <c>ValueTask&lt;FsResult&lt;T&gt;&gt;</c>.
/// A success without an object, as <see langword="default"/> is, is <see cref="Errno.IO"/>.
/// </remarks>
public readonly record struct FsResult<T>
{
    private readonly Errno _error;

    private FsResult(T? value, Errno error) => (Value, _error) = (value, error);

    /// <summary>The value; meaningful only if <see cref="Error"/> is <see cref="Errno.Success"/>.</summary>
    public T? Value { get; }

    /// <summary>Why there is no value, or <see cref="Errno.Success"/>.</summary>
    public Errno Error => _error == Errno.Success && Value is null ? Errno.IO : _error;

    /// <summary>Gets the value if there is one.</summary>
    /// <param name="value">The value, if the result is <see langword="true"/>.</param>
    /// <returns>Whether there is a value.</returns>
    public bool TryGet([NotNullWhen(true)] out T? value)
    {
        value = Value;
        return Error == Errno.Success && value is not null;
    }

    /// <summary>A success.</summary>
    /// <param name="value">The value.</param>
    public static implicit operator FsResult<T>(T value) => new(value, Errno.Success);

    /// <summary>A failure.</summary>
    /// <param name="error">Any value but <see cref="Errno.Success"/>.</param>
    public static implicit operator FsResult<T>(Errno error) => new(default, error);

    /// <summary>A result that is there already.</summary>
    /// <param name="result">The result.</param>
    public static implicit operator ValueTask<FsResult<T>>(FsResult<T> result) => new(result);
}
