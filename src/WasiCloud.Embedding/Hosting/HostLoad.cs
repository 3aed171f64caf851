using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Hosting;

/// <summary>What a host has to do at one moment.</summary>
/// <param name="Running">Slots that are taken.</param>
/// <param name="Slots">Slots that there are.</param>
/// <param name="Queued">Invocations that wait for slots.</param>
/// <param name="MaxQueued">How many may.</param>
/// <param name="WaitingToCompute">Guests that wait for a place to compute.</param>
/// <param name="ResponseBufferBytes">Memory of response bodies that wait for their clients.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct HostLoad(int Running, int Slots, int Queued, int MaxQueued, int WaitingToCompute, long ResponseBufferBytes)
{
    /// <summary>Whether one more invocation that has to wait is refused. Where none may wait there is no queue.</summary>
    public bool IsQueueFull => MaxQueued > 0 && Queued >= MaxQueued;
}
