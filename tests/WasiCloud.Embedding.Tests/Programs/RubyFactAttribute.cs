using Xunit;

namespace WasiCloud.Embedding.Tests.Programs;

/// <summary>A test that needs CRuby for WASI, which is not part of this repository.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RubyFactAttribute : FactAttribute
{
    public const string Variable = "RUBY_WASM";

    public RubyFactAttribute()
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Variable)))
            Skip = $"{Variable} does not name CRuby for WASI; tests/ruby/fetch.sh fetches it.";
    }
}
