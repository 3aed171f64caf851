using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.KeyValue.Memory;
using Xunit;

namespace WasiCloud.Embedding.Tests.KeyValue.Files;

/// <summary>A backend fails and still reads the value that it was given, as one does that cannot take back what it has begun to send.</summary>
public sealed class KeptValueTests
{
    private readonly KeepingBackend _backend = new();

    [Theory]
    [InlineData("overwrite")]
    [InlineData("append")]
    [InlineData("cut")]
    public async Task Commit_ThatGoesOnAfterItFailed_CommitsWhatWasToBeCommitted(string change)
    {
        var guest = await KeyValueGuest.AttachAsync(_backend);
        var handle = await guest.OpenAsync("key", FileAccess.ReadWrite, create: true);
        await KeyValueGuest.WriteAsync(handle, "before");
        await handle.Awaiting(it => it.FlushAsync(default).AsTask()).Should().ThrowAsync<TimeoutException>();
        var kept = _backend.Kept!.Value;

        if (change == "overwrite") await KeyValueGuest.WriteAsync(handle, "X", 2);
        else if (change == "append") (await handle.AppendAsync(new("X"u8.ToArray()), default)).Error.Should().Be(Errno.Success);
        else (await handle.SetSizeAsync(1, default)).Should().Be(Errno.Success);
        if (change == "cut") await KeyValueGuest.WriteAsync(handle, "XYZ", 1);

        Encoding.UTF8.GetString(kept.Span).Should().Be("before");
        var expected = change switch { "overwrite" => "beXore", "append" => "beforeX", _ => "bXYZ" };
        (await KeyValueGuest.TextAsync(handle)).Should().Be(expected);
        (await KeyValueGuest.CloseAsync(handle)).Should().Be(Errno.Success);
        (await guest.ReadAsync("key")).Should().Be(expected);
    }

    [Fact]
    public async Task Commit_OfAGuestThatHasGone_IsWhatItWrote()
    {
        var handle = await (await KeyValueGuest.AttachAsync(_backend)).OpenAsync("key", FileAccess.ReadWrite, create: true);
        await KeyValueGuest.WriteAsync(handle, "before");
        await handle.Awaiting(it => it.FlushAsync(default).AsTask()).Should().ThrowAsync<TimeoutException>();

        await handle.CloseAsync(CloseReason.Abandoned, default);
        for (var number = 0; number < 100; number++)
            (await (await KeyValueGuest.AttachAsync(_backend)).WriteAsync($"other {number}", "XXXXXX")).Should().Be(Errno.Success);

        Encoding.UTF8.GetString(_backend.Kept!.Value.Span).Should().Be("before");
    }

    private sealed class KeepingBackend : IKeyValueBackend
    {
        private readonly MemoryKeyValueBackend _inner = new();

        public ReadOnlyMemory<byte>? Kept { get; private set; }

        public ValueTask<KeyValueEntry?> GetAsync(string key, int maxValueLength, CancellationToken cancellationToken) =>
            _inner.GetAsync(key, maxValueLength, cancellationToken);

        public IAsyncEnumerable<KeyValueEntry> ListAsync(string prefix, string? startAfter, CancellationToken cancellationToken) =>
            _inner.ListAsync(prefix, startAfter, cancellationToken);

        public ValueTask<KeyValueCommitResult> CommitAsync(KeyValueBatch batch, CancellationToken cancellationToken)
        {
            var put = batch.Operations.FirstOrDefault(operation => operation is { Kind: KeyValueOperationKind.Put, Key: "key" });
            if (Kept is not null || put is null) return _inner.CommitAsync(batch, cancellationToken);
            Kept = put.Value;
            throw new TimeoutException("It is still on its way.");
        }

        public IAsyncEnumerable<KeyValueChange> WatchAsync(string prefix, long afterRevision, CancellationToken cancellationToken) =>
            _inner.WatchAsync(prefix, afterRevision, cancellationToken);
    }
}
