using WasiCloud.Embedding.FileSystem;

namespace OutsidePackages;

/// <summary>A name says where which answer is given: <c>read.Busy</c> is busy when it is read.</summary>
internal static class Answer
{
    /// <summary>What a name answers at a call: nothing wrong, unless it says so.</summary>
    public static Errno To(string call, string name)
    {
        var (asked, error) = Parse(name);
        return asked == call ? error : Errno.Success;
    }

    /// <summary>The exception that says it where no errno can be returned.</summary>
    public static void Throw(string call, string name)
    {
        var error = To(call, name);
        if (error != Errno.Success) throw new ErrnoException(error, $"'{name}' answers so.");
    }

    /// <summary>The call at which a name answers.</summary>
    public static string CallOf(string name) => Parse(name).Call;

    /// <summary>How the guest prints an answer (guests/c/filecalls.c): the names that it knows, and numbers.</summary>
    public static string Print(Errno error) => error switch
    {
        Errno.Access => "EACCES",
        Errno.BadF or Errno.Busy or Errno.Exist or Errno.FBig or Errno.IlSeq or Errno.Inval or Errno.IO or Errno.IsDir or Errno.Loop or Errno.MLink
            or Errno.NameTooLong or Errno.NoDev or Errno.NoEnt or Errno.NoSpc or Errno.NoSys or Errno.NotDir or Errno.NotEmpty or Errno.NotSup or Errno.NoTty
            or Errno.NxIO or Errno.Overflow or Errno.Perm or Errno.RoFs or Errno.SPipe or Errno.Stale or Errno.TxtBsy or Errno.XDev or Errno.Fault
                or Errno.NoMem
            or Errno.MFile or Errno.NotCapable => "E" + error.ToString().ToUpperInvariant(),
        _ => FormattableString.Invariant($"errno {(int)error}"),
    };

    private static (string Call, Errno Error) Parse(string name)
    {
        var dot = name.LastIndexOf('.');
        return dot > 0 && Enum.TryParse<Errno>(name[(dot + 1)..], out var error) ? (name[..dot], error) : (name, Errno.Success);
    }
}
