namespace WasiCloud.Embedding.FileSystem;

/// <summary>What a descriptor is ready for, as <c>poll</c> reports it.</summary>
[Flags]
public enum FileReadiness
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>A read would not wait (bytes, end of file or an error are there).</summary>
    Read = 1,

    /// <summary>A write would not wait.</summary>
    Write = 2,

    /// <summary>The other side is gone.</summary>
    HangUp = 4,
}
