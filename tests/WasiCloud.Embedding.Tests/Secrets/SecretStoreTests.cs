using System.Buffers;
using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Secrets;
using Xunit;

namespace WasiCloud.Embedding.Tests.Secrets;

public sealed class SecretStoreTests
{
    private readonly MemorySecretSource _first = new();
    private readonly MemorySecretSource _second = new();

    [Fact]
    public async Task ReadAsync_SeveralSources_TheFirstThatHasItCounts()
    {
        _first.Set("a", "first"u8);
        _second.Set("a", "second"u8);
        _second.Set("b", "other"u8);
        var store = SecretSources.StoreOf(_first, _second);

        (await store.TextOfAsync("a")).Should().Be("first");
        (await store.TextOfAsync("b")).Should().Be("other");
        (await store.TextOfAsync("c")).Should().BeNull();
        (await store.ExistsAsync("b", default)).Should().BeTrue();
        (await store.ExistsAsync("c", default)).Should().BeFalse();
        _first.Remove("a").Should().BeTrue();
        _first.Remove("a").Should().BeFalse();
        (await store.TextOfAsync("a")).Should().Be("second");
    }

    [Fact]
    public async Task ReadAsync_ASourceThatWroteAndHasNothing_LeavesNothingBehind()
    {
        _second.Set("a", "b"u8);
        var store = SecretSources.StoreOf(new SecretSources.Lying((_, destination) => Write(destination, 100, null)), _second);

        (await store.TextOfAsync("a")).Should().Be("b");
    }

    [Fact]
    public async Task ReadAsync_ASourceThatFails_AsksNoOther()
    {
        _second.Set("a", "old"u8);
        var store = SecretSources.StoreOf(new SecretSources.Lying((_, _) => throw new IOException("The vault is away.")), _second);

        await store.Invoking(store => store.ReadAsync("a", default).AsTask()).Should().ThrowAsync<IOException>();
        store.Buffers.Idle.Should().OnlyContain(buffer => buffer.All(value => value == 0)).And.HaveCount(1);
    }

    [Theory]
    [InlineData(100, true)]
    [InlineData(101, false)]
    [InlineData(1 << 20, false)]
    public async Task ReadAsync_ValuesUpToTheLimit_AreRead(int length, bool isRead)
    {
        _first.Set("a", new byte[length]);
        var store = SecretSources.StoreOf(new SecretOptions { MaxSecretBytes = 100 }, _first);

        var reading = () => store.TextOfAsync("a");

        if (isRead) (await reading()).Should().HaveLength(length);
        else (await reading.Should().ThrowAsync<ErrnoException>()).Which.Error.Should().Be(Errno.FBig);
    }

    [Fact]
    public async Task ReadAsync_AValueThatGrowsItsBuffer_IsWhole()
    {
        var store = SecretSources.StoreOf(new SecretSources.Lying((_, destination) => Write(destination, 60_000, DateTimeOffset.UnixEpoch)));

        (await store.TextOfAsync("a")).Should().Be(new string('x', 60_000));
        store.Buffers.Idle.Should().OnlyContain(buffer => buffer.All(value => value == 0));
    }

    [Fact]
    public async Task Release_ByTheLastHolder_ZeroesTheBuffer()
    {
        _first.Set("a", "a value"u8);
        var store = SecretSources.StoreOf(_first);
        var value = (await store.ReadAsync("a", default)).Value!;
        value.Hold();

        value.Release();
        value.Span.ToArray().Should().Equal("a value"u8.ToArray(), "somebody holds it");
        store.Buffers.Idle.Should().BeEmpty();
        value.Release();

        store.Buffers.Idle.Should().ContainSingle().Which.Should().OnlyContain(value => value == 0);
        value.Invoking(value => value.Span.Length).Should().Throw<ObjectDisposedException>();
        _ = (await store.ReadAsync("a", default)).Value!;
        store.Buffers.Idle.Should().BeEmpty("it is used again");
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData(".hidden")]
    [InlineData("a/b")]
    [InlineData("a\0b")]
    public async Task ReadAsync_WhatIsNoName_IsAskedOfNoSource(string name)
    {
        var store = SecretSources.StoreOf(new SecretSources.Lying((_, _) => throw new InvalidOperationException("It was asked."), name, "good"));

        (await store.TextOfAsync(name)).Should().BeNull();
        (await store.TextOfAsync(new string('\u00e9', 128))).Should().BeNull("it has 256 bytes");
        (await store.TextOfAsync("\ud800")).Should().BeNull("it is half a character");
        (await store.ListAsync(default)).Should().Equal("good");
        _first.Invoking(source => source.Set(name, "value"u8)).Should().Throw<ArgumentException>();
    }

    [Fact]
    public async Task ListAsync_SeveralSources_ListsEachNameOnce()
    {
        foreach (var name in new[] { "b", "a" }) _first.Set(name, "value"u8);
        foreach (var name in new[] { "c", "b" }) _second.Set(name, "value"u8);

        (await SecretSources.StoreOf(_first, _second).ListAsync(default)).Should().Equal("a", "b", "c");
    }

    [Fact]
    public async Task Set_AnArray_KeepsACopy()
    {
        var mine = "value"u8.ToArray();
        _first.Set("a", mine);
        mine.AsSpan().Clear();

        (await _first.TextOfAsync("a")).Should().Be("value");
    }

    private static DateTimeOffset? Write(IBufferWriter<byte> destination, int count, DateTimeOffset? set)
    {
        for (var written = 0; written < count; written += 100)
        {
            destination.GetSpan(100)[..100].Fill((byte)'x');
            destination.Advance(100);
        }

        return set;
    }
}
