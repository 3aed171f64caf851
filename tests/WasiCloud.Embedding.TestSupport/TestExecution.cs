namespace WasiCloud.Embedding;

/// <summary>What guests of all tests run on. All tests are for every executor.</summary>
internal static class TestExecution
{
    private const string Variable = "WASICLOUD_TEST_EXECUTION";

    public static GuestExecution Value { get; } = Enum.Parse<GuestExecution>(Environment.GetEnvironmentVariable(Variable) ?? nameof(GuestExecution.Threads));
}
