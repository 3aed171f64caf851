using System.Runtime.InteropServices;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.HostDirectory;

/// <summary>Linux' error numbers (<c>asm-generic/errno.h</c>) as WASI's: the one place where they are mapped.</summary>
internal static class LinuxErrno
{
    /// <summary>What the thread's last call of the C library failed with.</summary>
    public static Errno Last() => ToWasi(Marshal.GetLastPInvokeError());

    /// <summary>The outcome of a call that returns -1 for a failure.</summary>
    public static Errno FromResult(long result) => result < 0 ? Last() : Errno.Success;

    public static Errno ToWasi(int number) => number switch
    {
        0 => Errno.Success,
        1 => Errno.Perm,
        2 => Errno.NoEnt,
        3 => Errno.Srch,
        4 => Errno.Intr,
        5 => Errno.IO,
        6 => Errno.NxIO,
        7 => Errno.TooBig,
        8 => Errno.NoExec,
        9 => Errno.BadF,
        10 => Errno.Child,
        11 => Errno.Again,
        12 => Errno.NoMem,
        13 => Errno.Access,
        14 => Errno.Fault,
        15 => Errno.NotSup, // ENOTBLK
        16 => Errno.Busy,
        17 => Errno.Exist,
        18 => Errno.XDev,
        19 => Errno.NoDev,
        20 => Errno.NotDir,
        21 => Errno.IsDir,
        22 => Errno.Inval,
        23 => Errno.NFile,
        24 => Errno.NFile, // EMFILE is the host process's limit, not the guest's
        25 => Errno.NoTty,
        26 => Errno.TxtBsy,
        27 => Errno.FBig,
        28 => Errno.NoSpc,
        29 => Errno.SPipe,
        30 => Errno.RoFs,
        31 => Errno.MLink,
        32 => Errno.Pipe,
        33 => Errno.Dom,
        34 => Errno.Range,
        35 => Errno.DeadLk,
        36 => Errno.NameTooLong,
        37 => Errno.NoLck,
        38 => Errno.NoSys,
        39 => Errno.NotEmpty,
        40 => Errno.Loop,
        42 => Errno.NoMsg,
        43 => Errno.IdRm,
        61 => Errno.IO, // ENODATA
        62 => Errno.TimedOut, // ETIME
        67 => Errno.NoLink,
        71 => Errno.Proto,
        72 => Errno.MultiHop,
        74 => Errno.BadMsg,
        75 => Errno.Overflow,
        84 => Errno.IlSeq,
        88 => Errno.NotSock,
        89 => Errno.DestAddrReq,
        90 => Errno.MsgSize,
        91 => Errno.Prototype,
        92 => Errno.NoProtoOpt,
        93 => Errno.ProtoNoSupport,
        95 => Errno.NotSup,
        97 => Errno.AfNoSupport,
        98 => Errno.AddrInUse,
        99 => Errno.AddrNotAvail,
        100 => Errno.NetDown,
        101 => Errno.NetUnreach,
        102 => Errno.NetReset,
        103 => Errno.ConnAborted,
        104 => Errno.ConnReset,
        105 => Errno.NoBufs,
        106 => Errno.IsConn,
        107 => Errno.NotConn,
        110 => Errno.TimedOut,
        111 => Errno.ConnRefused,
        112 => Errno.HostUnreach, // EHOSTDOWN
        113 => Errno.HostUnreach,
        114 => Errno.Already,
        115 => Errno.InProgress,
        116 => Errno.Stale,
        122 => Errno.DQuot,
        125 => Errno.Canceled,
        130 => Errno.OwnerDead,
        131 => Errno.NotRecoverable,
        _ => Errno.IO, // the rest belong to devices, streams and keys, which no call here can give
    };
}
