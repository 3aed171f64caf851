using WasiCloud.Embedding.Pipes;

namespace WasiCloud.Embedding.Http.Exchange;

/// <summary>The limits of one request and response, in bytes; <see cref="WasiCloudOptions"/> says what each is for.</summary>
internal sealed record ExchangeLimits(long MaxResponseBytes, int MaxResponseHeadBytes, int MaxJsonBodyBytes, int ResponseBufferBytes)
{
    /// <summary>What all responses share.</summary>
    public ResponseBudget Budget { get; init; } = new(long.MaxValue);
}
