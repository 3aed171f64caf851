using Xunit;

namespace WasiCloud.Tool.Tests;

/// <summary>A test that needs a checkout of the public wasi-testsuite, which is not part of this repository.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TestsuiteTheoryAttribute : TheoryAttribute
{
    public const string Variable = "WASI_TESTSUITE";

    public TestsuiteTheoryAttribute()
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Variable)))
            Skip = $"{Variable} does not name a checkout of wasi-testsuite (branch prod/testsuite-base).";
    }
}
