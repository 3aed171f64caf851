using Microsoft.Extensions.Logging;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.HostCalls;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding.Hosting.Invocations;

/// <summary>What the log is told of one guest after another that the guest itself is not told. Has none of the secrets that the guest has read.</summary>
internal sealed class InvocationLog(ILogger logger) : IGuestDiagnostics
{
    // Of a path, which may have 4,096 bytes.
    private const int MaxLoggedPathLength = 1 << 10;

    private InvocationContext _guest = null!;

    private TextMask? Mask => _guest.Mask;

    /// <summary>Begins with a guest.</summary>
    public void Begin(InvocationContext guest) => _guest = guest;

    public void HostCallFailed(string function, string path, Exception exception) =>
        Log.HostCallFailed(logger, _guest.Id, _guest.Module, function, SafeText.Of(Mask?.Of(path) ?? path, MaxLoggedPathLength), Shown(exception));

    public void ObserverFailed(Exception exception) => Log.ObserverFailed(logger, _guest.Id, _guest.Module, Shown(exception));

    public void CloseFailed(Exception exception) => Log.CloseFailed(logger, _guest.Id, _guest.Module, Shown(exception));

    public void ReleaseFailed(Exception exception) => Log.ReleaseFailed(logger, _guest.Id, _guest.Module, Shown(exception));

    /// <summary>Hides the secrets that the guest has read in what is thrown of it.</summary>
    public void Hide(GuestException? failure)
    {
        if (Mask is { } mask) failure?.Hide(mask);
    }

    /// <summary>Nothing more is told of the guest: its secrets are forgotten.</summary>
    public void End() => Mask?.Dispose();

    private Exception Shown(Exception exception) => ExceptionText.ForLog(exception, Mask);
}
