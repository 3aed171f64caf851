using FluentAssertions;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.Testing.KeyValue;
using Xunit;

namespace WasiCloud.Embedding.Tests.KeyValue.Example;

public sealed class ExampleBackendCommitTests : KeyValueCommitConformance
{
    protected override ValueTask<IKeyValueBackend> CreateAsync(TimeProvider timeProvider) => new(new ExampleBackend(timeProvider));
}

public sealed class ExampleBackendListTests : KeyValueListConformance
{
    protected override ValueTask<IKeyValueBackend> CreateAsync(TimeProvider timeProvider) => new(new ExampleBackend(timeProvider));
}

public sealed class ExampleBackendExpiryTests : KeyValueExpiryConformance
{
    protected override ValueTask<IKeyValueBackend> CreateAsync(TimeProvider timeProvider) => new(new ExampleBackend(timeProvider));
}

public sealed class ExampleBackendWatchTests : KeyValueWatchConformance
{
    protected override ValueTask<IKeyValueBackend> CreateAsync(TimeProvider timeProvider) => new(new ExampleBackend(timeProvider));
}

public sealed class ExampleBackendConcurrencyTests : KeyValueConcurrencyConformance
{
    protected override ValueTask<IKeyValueBackend> CreateAsync(TimeProvider timeProvider) => new(new ExampleBackend(timeProvider));
}

public sealed class ExampleBackendDocumentTests
{
    [Fact]
    public void Guide_ShowsTheBackendThatIsTested()
    {
        var code = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "KeyValue", "Example", "ExampleBackend.cs"));
        var guide = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "docs", "key-value-backends.md"));

        guide.Should().Contain(code[code.IndexOf("/// <summary>A complete backend", StringComparison.Ordinal)..].Trim());
    }
}
