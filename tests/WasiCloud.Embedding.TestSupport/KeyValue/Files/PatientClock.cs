namespace WasiCloud.Embedding.Tests.KeyValue.Files;

/// <summary>
/// A clock on which waits take as long as they do, and time passes twenty times as slowly: who tries for some seconds does not give up on a busy machine.
/// </summary>
internal sealed class PatientClock : TimeProvider
{
    private const int Slowness = 20;

    public override long GetTimestamp() => System.GetTimestamp() / Slowness;
}
