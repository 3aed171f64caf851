using System.Runtime.InteropServices;
using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using Xunit;

namespace WasiCloud.Embedding.Tests.KeyValue.Files;

public sealed class KeyValueFastPathTests : KeyValueMountTestBase
{
    [Fact]
    public async Task Synchronous_MemoryBackend_AllNodesAndOtherwiseNone()
    {
        await PutAsync("a/key");
        var asynchronous = await KeyValueGuest.AttachAsync(new CountingBackend(Backend));

        foreach (var (guest, expected) in new[] { (Guest, true), (asynchronous, false) })
        {
            var file = (VirtualFile)(await guest.LookupAsync("a/key")).Value!;
            var handle = (await file.OpenAsync(new(FileAccess.Read), default)).Value!;
            new[] { guest.Root.IsSynchronous, (await guest.LookupAsync("a")).Value!.IsSynchronous, file.IsSynchronous, handle.IsSynchronous }
                .Should().AllBeEquivalentTo(expected);
        }
    }

    [Fact]
    public async Task Lookup_OpenAndRead_TakeOneBackendCall()
    {
        await PutAsync("key", "value");
        var counting = new CountingBackend(Backend);
        var guest = await KeyValueGuest.AttachAsync(counting);

        await guest.ReadAsync("key");

        (counting.Gets, counting.Lists).Should().Be((1, 0));
    }

    [Fact]
    public async Task TryReadWriteAppendPoll_AnyBackend_WorkOnTheContent()
    {
        await PutAsync("key", "value");
        var guest = await KeyValueGuest.AttachAsync(new CountingBackend(Backend));
        var handle = await guest.OpenAsync("key", FileAccess.ReadWrite);

        Scattered(handle).Should().Be("val|ue");
        (await KeyValueGuest.TextAsync(handle)).Should().Be("vABCDEABCDE");
        handle.TryPoll(FileReadiness.Read | FileReadiness.Write, out var readiness).Should().BeTrue();
        readiness.Value.Should().Be(FileReadiness.Read | FileReadiness.Write);
    }

    private static unsafe string Scattered(FileHandle handle)
    {
        var first = stackalloc byte[3];
        var second = stackalloc byte[9];
        Span<IoVector> read = [new(first, 3), new(second, 9)];
        handle.TryRead(new IoVectors(read, 12), 0, out var count).Should().BeTrue();
        count.Value.Should().Be(5);
        var text = Marshal.PtrToStringUTF8((nint)first, 3) + "|" + Marshal.PtrToStringUTF8((nint)second, 2);

        "ABC"u8.CopyTo(new Span<byte>(first, 3));
        "DE"u8.CopyTo(new Span<byte>(second, 2));
        Span<IoVector> write = [new(first, 3), new(second, 2)];
        handle.TryWrite(new IoVectors(write, 5), 1, out var written).Should().BeTrue();
        written.Value.Should().Be(5);
        handle.TryAppend(new IoVectors(write, 5), out var end).Should().BeTrue();
        end.Value.Should().Be(11);
        return text;
    }
}
