using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.HostCalls;

namespace WasiCloud.Embedding.Preview1;

/// <summary>A function that may wait, or a body that is both halves.</summary>
internal delegate ValueTask<Errno> Preview1Body(Preview1Context guest, CallArguments arguments, Suspension suspension);

/// <summary>
/// Makes the functions of this ABI. Here an operation's <see cref="Suspension.Required"/> becomes <see cref="HostCallOutcome.MustWait"/>: no errno means it
/// above the descriptors.
/// </summary>
internal static class Preview1Function
{
    /// <summary>A function that never waits.</summary>
    public static HostFunction Immediate(
        string module, string name, HostCallParameter[] parameters, SynchronousHalf<Preview1Context> body, bool returnsErrno = true) =>
        new HostFunction<Preview1Context>(new HostCallSignature(module, name, parameters, returnsErrno), body, pending: null);

    /// <summary>A function with a synchronous half of its own, for speed.</summary>
    public static HostFunction WithHalves(
        string module, string name, HostCallParameter[] parameters, SynchronousHalf<Preview1Context> synchronous, Preview1Body pending) =>
        new HostFunction<Preview1Context>(new HostCallSignature(module, name, parameters, returnsErrno: true), synchronous, AllowedToWait(pending));

    /// <summary>A function whose two halves are one body, run with waiting forbidden or allowed.</summary>
    public static HostFunction OneBody(string module, string name, HostCallParameter[] parameters, Preview1Body body) =>
        new HostFunction<Preview1Context>(new HostCallSignature(module, name, parameters, returnsErrno: true), ForbiddenToWait(body), AllowedToWait(body));

    /// <summary>What an operation that was forbidden to wait says.</summary>
    public static HostCallOutcome ToOutcome(Errno error) => error == Suspension.Required ? HostCallOutcome.MustWait : error;

    private static SynchronousHalf<Preview1Context> ForbiddenToWait(Preview1Body body) =>
        (guest, in arguments) => ToOutcome(CompletedTask.Take(body(guest, arguments, Suspension.Forbidden)));

    private static PendingHalf<Preview1Context> AllowedToWait(Preview1Body body) =>
        (guest, arguments, cancellationToken) => body(guest, arguments, Suspension.Allowed(cancellationToken));
}
