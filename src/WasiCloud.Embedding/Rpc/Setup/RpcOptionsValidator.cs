namespace WasiCloud.Embedding.Rpc.Setup;

/// <summary>Checks the ranges that <see cref="RpcOptions"/> documents.</summary>
internal sealed class RpcOptionsValidator : OptionsValidator<RpcOptions>
{
    protected override void Check(RpcOptions options, OptionProblems problems)
    {
        problems.Range(options.MaxRequestBytes, 1, 1 << 30);
        problems.Range(options.MaxResponseBytes, 1, 1 << 30);
        problems.Range(options.MaxQueuedCalls, 1, 1_000_000);
        problems.Range(options.MaxQueuedBytes, 1, 1L << 40);
        problems.Range(options.MaxOpenCalls, 1, 65_536);
        problems.TimerOrInfinite(options.CallTimeout);
    }
}
