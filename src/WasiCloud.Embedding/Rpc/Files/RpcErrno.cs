using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Rpc;

namespace WasiCloud.Embedding.Rpc.Files;

/// <summary>What a guest is told of a call without a response.</summary>
internal static class RpcErrno
{
    public static Errno Of(RpcError? error) => error switch
    {
        null => Errno.Success,
        RpcError.UnknownService => Errno.NoEnt,
        RpcError.Refused => Errno.ConnRefused,
        RpcError.TimedOut => Errno.TimedOut,
        RpcError.TooLarge => Errno.MsgSize,
        RpcError.BadRequest => Errno.Inval,
        RpcError.Denied => Errno.Access,
        RpcError.OverQuota => Errno.DQuot,
        RpcError.Busy => Errno.Busy,
        _ => Errno.IO,
    };
}
