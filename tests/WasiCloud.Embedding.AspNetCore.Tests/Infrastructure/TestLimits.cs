namespace WasiCloud.Embedding.AspNetCore.Tests.Infrastructure;

internal static class TestLimits
{
    /// <summary>Ends a test that waits for what never comes; no test that passes waits so long.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
}
