namespace WasiCloud.Embedding.FileSystem;

/// <summary>Counts what a call computes that is carried out in pieces (<see cref="Pieces"/>), of one guest.</summary>
internal interface IPieceMeter
{
    /// <summary>Adds what nothing else counts.</summary>
    /// <param name="ticks">Ticks of <see cref="System.Diagnostics.Stopwatch"/>.</param>
    void Count(long ticks);

    /// <summary>Looks whether the guest is to end, also because it has computed for too long.</summary>
    bool LookWhetherToStop();
}
