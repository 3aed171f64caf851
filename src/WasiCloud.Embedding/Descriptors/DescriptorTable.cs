using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Descriptors;

/// <summary>A guest's descriptors by number. The lowest free number is given out, as POSIX requires of <c>open</c>.</summary>
internal sealed class DescriptorTable(int maxDescriptors)
{
    private const int InitialLength = 8;

    // An array that a guest made longer than this is not kept for the next.
    private const int MaxKeptLength = 256;

    private Descriptor?[] _descriptors = new Descriptor?[Math.Min(InitialLength, maxDescriptors)];

    // Every number below this one is taken.
    private int _lowestMaybeFree;

    /// <summary>Whether the guest has been refused a descriptor because of the limit.</summary>
    public bool LimitWasHit { get; private set; }

    /// <summary>How many can be open at one time. Changed between two guests only.</summary>
    public int MaxDescriptors { get; set; } = maxDescriptors;

    /// <summary>How many are open. May be asked from any thread; then about.</summary>
    public int Count => _descriptors.Count(descriptor => descriptor is not null);

    public bool TryGet(uint number, [NotNullWhen(true)] out Descriptor? descriptor)
    {
        var descriptors = _descriptors;
        descriptor = number < (uint)descriptors.Length ? descriptors[number] : null;
        return descriptor is not null;
    }

    /// <summary>Whether <see cref="Add"/> would succeed; to be asked before something is opened that would have to be closed again.</summary>
    public bool HasRoom
    {
        get
        {
            var hasRoom = FindFree() < MaxDescriptors;
            LimitWasHit |= !hasRoom;
            return hasRoom;
        }
    }

    /// <summary>Gives a descriptor the lowest free number. There must be room.</summary>
    public uint Add(Descriptor descriptor)
    {
        var number = FindFree();
        if (number >= MaxDescriptors) throw new InvalidOperationException("The caller did not ask for room.");
        if (number == _descriptors.Length) Array.Resize(ref _descriptors, Math.Min(number * 2, MaxDescriptors));
        _descriptors[number] = descriptor;
        _lowestMaybeFree = number + 1;
        return (uint)number;
    }

    /// <summary>Takes a descriptor out; the caller closes it.</summary>
    public Descriptor? Remove(uint number)
    {
        if (!TryGet(number, out var descriptor)) return null;
        _descriptors[number] = null;
        _lowestMaybeFree = Math.Min(_lowestMaybeFree, (int)number);
        return descriptor;
    }

    /// <summary>Moves a descriptor onto the number of another, which the caller closes (<c>fd_renumber</c>).</summary>
    public Descriptor Replace(uint from, uint to)
    {
        var replaced = _descriptors[to]!;
        _descriptors[to] = Remove(from);
        return replaced;
    }

    /// <summary>Begins anew, after <see cref="CloseAllAsync"/>.</summary>
    public void Reset()
    {
        (_lowestMaybeFree, LimitWasHit) = (0, false);
        if (_descriptors.Length > MaxKeptLength) _descriptors = new Descriptor?[Math.Min(InitialLength, MaxDescriptors)];
    }

    /// <summary>Closes everything. The first exception is rethrown after all were tried.</summary>
    /// <returns>The first error of a commit, and the path it was for.</returns>
    public async ValueTask<(Errno Error, string? Path)> CloseAllAsync(CloseReason reason, CancellationToken cancellationToken)
    {
        (Errno Error, string? Path) first = default;
        ExceptionDispatchInfo? failure = null;
        for (var number = 0u; number < (uint)_descriptors.Length; number++)
        {
            if (Remove(number) is not { } descriptor) continue;
            try
            {
                var error = await descriptor.CloseAsync(reason, cancellationToken).ConfigureAwait(false);
                if (error != Errno.Success && first.Error == Errno.Success) first = (error, descriptor.Path);
            }
            catch (OperationCanceledException exception) when (cancellationToken.IsCancellationRequested)
            {
                failure ??= ExceptionDispatchInfo.Capture(exception);
            }
            catch (ErrnoException exception)
            {
                if (first.Error == Errno.Success) first = (exception.Error, descriptor.Path);
            }
            catch (Exception exception)
            {
                failure ??= ExceptionDispatchInfo.Capture(new DescriptorCloseException(descriptor.Path, exception));
            }
        }

        failure?.Throw();
        return first;
    }

    private int FindFree()
    {
        while (_lowestMaybeFree < _descriptors.Length && _descriptors[_lowestMaybeFree] is not null) _lowestMaybeFree++;
        return _lowestMaybeFree;
    }
}
