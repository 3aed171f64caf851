using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.Testing.KeyValue;
using WasiCloud.Embedding.Tests.KeyValue.Example;

namespace OutsidePackages;

public sealed class KeyValueCommitTests : KeyValueCommitConformance
{
    protected override ValueTask<IKeyValueBackend> CreateAsync(TimeProvider timeProvider) => new(new AnsweringBackend(new ExampleBackend(timeProvider)));
}

public sealed class KeyValueListTests : KeyValueListConformance
{
    protected override ValueTask<IKeyValueBackend> CreateAsync(TimeProvider timeProvider) => new(new AnsweringBackend(new ExampleBackend(timeProvider)));
}

public sealed class KeyValueExpiryTests : KeyValueExpiryConformance
{
    protected override ValueTask<IKeyValueBackend> CreateAsync(TimeProvider timeProvider) => new(new AnsweringBackend(new ExampleBackend(timeProvider)));
}

public sealed class KeyValueWatchTests : KeyValueWatchConformance
{
    protected override ValueTask<IKeyValueBackend> CreateAsync(TimeProvider timeProvider) => new(new AnsweringBackend(new ExampleBackend(timeProvider)));
}

public sealed class KeyValueConcurrencyTests : KeyValueConcurrencyConformance
{
    protected override ValueTask<IKeyValueBackend> CreateAsync(TimeProvider timeProvider) => new(new AnsweringBackend(new ExampleBackend(timeProvider)));
}
