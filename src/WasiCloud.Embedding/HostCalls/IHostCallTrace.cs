using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Guests;

namespace WasiCloud.Embedding.HostCalls;

/// <summary>Sees every host call of a guest, as <c>strace</c> does.</summary>
internal interface IHostCallTrace
{
    /// <summary>A call begins. Called on the guest's stack, before its arguments are looked at.</summary>
    void HostCallBegins(GuestContext guest)
    {
    }

    /// <summary>A call ended. Called on the guest's stack.</summary>
    void HostCallEnded(HostFunction function, in CallArguments arguments, Errno result);
}
