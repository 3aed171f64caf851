using Microsoft.Extensions.Options;
using WasiCloud.Embedding.Hosting;
using WasiCloud.Embedding.Rpc;

namespace WasiCloud.Embedding.Rpc.Setup;

/// <summary>Checks the ranges that <see cref="RpcOptions"/> documents.</summary>
internal sealed class RpcOptionsValidator : IValidateOptions<RpcOptions>
{
    public ValidateOptionsResult Validate(string? name, RpcOptions options)
    {
        var problems = new List<string>();
        Check(nameof(options.MaxRequestBytes), options.MaxRequestBytes, 1 << 30, problems);
        Check(nameof(options.MaxResponseBytes), options.MaxResponseBytes, 1 << 30, problems);
        Check(nameof(options.MaxQueuedCalls), options.MaxQueuedCalls, 1_000_000, problems);
        Check(nameof(options.MaxQueuedBytes), options.MaxQueuedBytes, 1L << 40, problems);
        Check(nameof(options.MaxOpenCalls), options.MaxOpenCalls, 65_536, problems);
        if (!WasiCloudOptionsValidator.IsTimeout(options.CallTimeout))
            problems.Add($"{nameof(options.CallTimeout)} is {options.CallTimeout}; it must be more than 0 and at most 24 days, or Timeout.InfiniteTimeSpan.");
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private static void Check(string option, long value, long maximum, List<string> problems)
    {
        if (value < 1 || value > maximum)
            problems.Add(FormattableString.Invariant($"{nameof(RpcOptions)}.{option} is {value}; it must be from 1 to {maximum}."));
    }
}
