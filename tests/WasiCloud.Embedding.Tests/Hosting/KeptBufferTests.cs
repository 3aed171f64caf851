using System.Buffers;
using System.Runtime.InteropServices;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.Connections;
using WasiCloud.Embedding.Rpc;
using WasiCloud.Embedding.Topics;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting;

/// <summary>Code of the application keeps what a message was in, because it could not cancel what it began: nobody else is given the same memory.</summary>
public sealed class KeptBufferTests
{
    private const int MessageBytes = 200;

    // More than a thread's own places in the shared pool.
    private const int Rents = 32;

    [Fact]
    public async Task Handler_ThatKeepsRequestAndResponse_KeepsThemForItself()
    {
        var kept = new List<byte[]>();
        await using var host = new TestHost(build: builder => builder.AddRpcService("service", (request, response, _) =>
        {
            kept.Add(ArrayOf(request.Payload.First));
            kept.Add(ArrayOf(response.GetMemory(MessageBytes)));
            response.Write(request.Payload.FirstSpan);
            return ValueTask.CompletedTask;
        }));
        var rpc = host.Services.GetRequiredService<IGuestRpc>();

        (await rpc.CallAsync("service", Message(1))).Span.SequenceEqual(Message(1)).Should().BeTrue();
        var first = kept.ToArray();
        ShouldBeInNoPool(first);
        (await rpc.CallAsync("service", Message(2))).Span.SequenceEqual(Message(2)).Should().BeTrue();

        kept.Skip(2).Should().NotIntersectWith(first, "the next call has its own");
        foreach (var array in first) array.Take(MessageBytes).Should().Equal(Message(1), "what is read late is of the call that it was given for");
    }

    [Fact]
    public async Task RpcTransport_ThatKeepsRequestAndResponse_KeepsThemForItself()
    {
        var transport = new KeepingTransport();
        await using var host = new TestHost(build: builder =>
        {
            builder.Services.AddSingleton<IRpcTransport>(transport);
            builder.AddRpcService("service");
        });
        var rpc = host.Services.GetRequiredService<IGuestRpc>();

        await rpc.CallAsync("service", Message(1));
        ShouldBeInNoPool(transport.Kept);
        var first = transport.Kept.ToArray();
        await rpc.CallAsync("service", Message(2));

        transport.Kept.Skip(first.Length).Should().NotIntersectWith(first);
        first[0].AsSpan(0, MessageBytes).SequenceEqual(Message(1)).Should().BeTrue();
    }

    [Fact]
    public async Task TopicTransport_ThatKeepsAMessage_KeepsItForItself()
    {
        var transport = new KeepingTransport();
        await using var host = new TestHost(build: builder =>
        {
            builder.Services.AddSingleton<ITopicTransport>(transport);
            builder.AddTopic("topic");
        });
        var topics = host.Services.GetRequiredService<IGuestTopics>();

        await topics.PublishAsync("topic", Message(1));
        ShouldBeInNoPool(transport.Kept);
        await topics.PublishAsync("topic", Message(2));

        transport.Kept.Should().OnlyHaveUniqueItems();
        transport.Kept[0].AsSpan(0, MessageBytes).SequenceEqual(Message(1)).Should().BeTrue();
    }

    [Fact]
    public async Task Socket_ThatKeepsWhatItReceivedInto_KeepsItForItself()
    {
        var inbox = new MessageInbox(maxMessageBytes: 1 << 20);
        var kept = new List<byte[]> { ArrayOf(inbox.Room(0)) };
        kept[0].Should().OnlyContain(value => value == 0, "a socket that says that it received more than it wrote shows nothing of others");

        // A message that needs more room, one that is read, one that nobody reads, and a buffer that the connection's end finds.
        kept.Add(ArrayOf(inbox.Room(kept[0].Length)));
        await inbox.GiveAsync(MessageBytes);
        inbox.TakeAsync(new byte[MessageBytes], default).IsCompletedSuccessfully.Should().BeTrue();
        kept.Add(ArrayOf(inbox.Room(0)));
        await inbox.GiveAsync(MessageBytes);
        inbox.Drain();
        kept.Add(ArrayOf(inbox.Room(0)));
        inbox.ReleaseBuffer();

        kept.Should().OnlyHaveUniqueItems();
        ShouldBeInNoPool(kept);
    }

    private static byte[] Message(byte value) => [.. Enumerable.Repeat(value, MessageBytes)];

    private static byte[] ArrayOf(ReadOnlyMemory<byte> memory) =>
        MemoryMarshal.TryGetArray(memory, out var segment) ? segment.Array! : throw new InvalidOperationException();

    // What is returned on this thread is what it is given first.
    private static void ShouldBeInNoPool(IReadOnlyCollection<byte[]> kept)
    {
        foreach (var array in kept)
        {
            var rented = Enumerable.Range(0, Rents).Select(_ => ArrayPool<byte>.Shared.Rent(array.Length)).ToList();
            rented.Should().NotContain(other => kept.Contains(other));
            foreach (var other in rented) ArrayPool<byte>.Shared.Return(other);
        }
    }

    private sealed class KeepingTransport : IRpcTransport, ITopicTransport
    {
        public List<byte[]> Kept { get; } = [];

        public bool Carries(string name) => true;

        public void Attach(ISharedRpcService service)
        {
        }

        public void Attach(ISharedTopic topic)
        {
        }

        public ValueTask CallAsync(
            ISharedRpcService service, ReadOnlySequence<byte> request, IBufferWriter<byte>? response, CancellationToken cancellationToken)
        {
            Kept.Add(ArrayOf(request.First));
            Kept.Add(ArrayOf(response!.GetMemory(MessageBytes)));
            response.Write(request.FirstSpan);
            return ValueTask.CompletedTask;
        }

        public ValueTask PublishAsync(ISharedTopic topic, ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
        {
            Kept.Add(ArrayOf(message));
            return ValueTask.CompletedTask;
        }
    }
}
