using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Guests;

namespace WasiCloud.Embedding.Preview1;

/// <summary>Decodes <c>fstflags</c> and the two times that go with them.</summary>
internal static class TimeChanges
{
    private const int SetAccessed = 1;
    private const int SetAccessedNow = 2;
    private const int SetModified = 4;
    private const int SetModifiedNow = 8;
    private const int All = 15;

    /// <returns>The changes, or <see cref="Errno.Inval"/> if a time is to be both given and now (witx <c>fstflags</c>), or there is no such flag.</returns>
    public static FsResult<AttributeChanges> Decode(ulong accessed, ulong modified, ushort flags, GuestClock clock)
    {
        if ((flags & ~All) != 0) return Errno.Inval;
        if ((flags & (SetAccessed | SetAccessedNow)) == (SetAccessed | SetAccessedNow)) return Errno.Inval;
        if ((flags & (SetModified | SetModifiedNow)) == (SetModified | SetModifiedNow)) return Errno.Inval;
        var now = (flags & (SetAccessedNow | SetModifiedNow)) != 0 ? clock.RealtimeNanoseconds : 0;
        return new AttributeChanges(
            Accessed: (flags & SetAccessedNow) != 0 ? now : (flags & SetAccessed) != 0 ? accessed : null,
            Modified: (flags & SetModifiedNow) != 0 ? now : (flags & SetModified) != 0 ? modified : null);
    }
}
