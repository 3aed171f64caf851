using FluentAssertions;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Http.Exchange;
using WasiCloud.Embedding.Http.Sockets;
using WasiCloud.Embedding.Tests.HostCalls;
using WasiCloud.Embedding.Tests.Http.Exchange;
using Xunit;

namespace WasiCloud.Embedding.Tests.Preview1;

public class SocketFunctionsTests
{
    private const ulong Peek = 1;
    private const ulong WaitAll = 2;
    private const uint Outside = NativeGuestMemory.Size;
    private const string RequestLine = "GET / HTTP/1.1\r\n";

    [Theory, BothHalves]
    public async Task Accept_HostileArguments_LoseNoConnection(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode, maxDescriptors: 6);
        var listener = Listen(guest, requests: 1);
        var result = guest.Memory.Allocate(4);

        (await guest.CallAsync("sock_accept", listener, 0, Outside - 3)).Should().Be(Errno.Fault);
        (await guest.CallAsync("sock_accept", listener, 0, uint.MaxValue)).Should().Be(Errno.Fault);
        (await guest.CallAsync("sock_accept", listener, (ulong)DescriptorFlags.Append, result)).Should().Be(Errno.Inval);
        (await guest.CallAsync("sock_accept", 99, 0, result)).Should().Be(Errno.BadF);
        await guest.CreateAsync("file");
        var file = await guest.OpenAsync("file");
        (await guest.CallAsync("sock_accept", listener, 0, result)).Should().Be(Errno.MFile);
        await guest.CloseAsync(file);

        (await guest.CallAsync("sock_accept", listener, 0, result)).Should().Be(Errno.Success);
        var connection = guest.Memory.U32(result);
        (await ReceiveAsync(guest, connection, RequestLine.Length, flags: 0)).Should().Be((Errno.Success, RequestLine));
        (await guest.CloseAsync(connection)).Should().Be(Errno.IO, "there was no response");
    }

    [Theory, BothHalves]
    public async Task Accept_NothingWaits_IsAgainOrTheEnd(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        var port = new HttpPort();
        var listener = (uint)guest.Descriptors.Add(SocketDescriptors.Listening(new HttpListenerHandle(port), DescriptorFlags.NonBlocking));
        var result = guest.Memory.Allocate(4);

        (await guest.CallAsync("sock_accept", listener, 0, result)).Should().Be(Errno.Again);
        port.Stop();
        (await guest.CallAsync("sock_accept", listener, 0, result)).Should().Be(Errno.Inval);
    }

    [Theory, BothHalves]
    public async Task Receive_HostileArguments_TakeNothing(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        var connection = await AcceptAsync(guest);
        var buffer = guest.Memory.Allocate(64);
        var (vectors, length, flags) = (guest.PutVectors((buffer, 4)), guest.Memory.Allocate(4), guest.Memory.Allocate(2));

        foreach (var waiting in new[] { 0UL, Peek, WaitAll })
        {
            (await guest.CallAsync("sock_recv", connection, Outside - 7, 1, waiting, length, flags)).Should().Be(Errno.Fault);
            (await guest.CallAsync("sock_recv", connection, vectors, 1, waiting, Outside - 3, flags)).Should().Be(Errno.Fault);
            (await guest.CallAsync("sock_recv", connection, vectors, 1, waiting, length, Outside - 1)).Should().Be(Errno.Fault);
            (await guest.CallAsync("sock_recv", connection, guest.PutVectors((Outside - 3, 4)), 1, waiting, length, flags)).Should().Be(Errno.Fault);
            (await guest.CallAsync("sock_recv", connection, guest.PutVectors((buffer, uint.MaxValue)), 1, waiting, length, flags)).Should().Be(Errno.Fault);
            (await guest.CallAsync("sock_recv", connection, vectors, uint.MaxValue, waiting, length, flags)).Should().Be(Errno.Inval);
        }

        (await guest.CallAsync("sock_recv", connection, vectors, 1, 4, length, flags)).Should().Be(Errno.NotSup);
        (await guest.CallAsync("sock_recv", connection, vectors, 0, 0, length, flags)).Should().Be(Errno.Success);
        (await guest.CallAsync("sock_recv", connection, uint.MaxValue, 0, 0, length, flags)).Should().Be(Errno.Success);

        // What is empty may be anywhere.
        (await guest.CallAsync("sock_recv", connection, guest.PutVectors((uint.MaxValue, 0), (buffer, 3)), 2, Peek, length, flags)).Should().Be(Errno.Success);
        guest.Memory.Text(buffer, guest.Memory.U32(length)).Should().Be("GET");
        (await ReceiveAsync(guest, connection, 3, Peek)).Should().Be((Errno.Success, "GET"));
        (await ReceiveAsync(guest, connection, 5, WaitAll)).Should().Be((Errno.Success, "GET /"));
        (await guest.CloseAsync(connection)).Should().Be(Errno.IO);
    }

    [Theory, BothHalves]
    public async Task Send_HostileArguments_SendNothing(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        var connection = await AcceptAsync(guest);
        var (vectors, length) = (guest.PutVectors((guest.Put("HTTP/1.1 204 No\r\n\r\n"), 19)), guest.Memory.Allocate(4));

        (await guest.CallAsync("sock_send", connection, vectors, 1, 1, length)).Should().Be(Errno.NotSup);
        (await guest.CallAsync("sock_send", connection, Outside, 1, 0, length)).Should().Be(Errno.Fault);
        (await guest.CallAsync("sock_send", connection, vectors, 1, 0, Outside - 3)).Should().Be(Errno.Fault);
        (await guest.CallAsync("sock_send", connection, guest.PutVectors((Outside - 1, 2)), 1, 0, length)).Should().Be(Errno.Fault);

        (await guest.CallAsync("sock_send", connection, guest.PutVectors((uint.MaxValue, 0)), 1, 0, length)).Should().Be(Errno.Success);
        (await guest.CallAsync("sock_send", connection, uint.MaxValue, 0, 0, length)).Should().Be(Errno.Success);
        guest.Memory.U32(length).Should().Be(0);

        (await guest.CallAsync("sock_send", connection, vectors, 1, 0, length)).Should().Be(Errno.Success);
        guest.Memory.U32(length).Should().Be(19);
        (await guest.CloseAsync(connection)).Should().Be(Errno.Success, "the response is complete");
    }

    // A connection that waits is no bytes; that it is there is the event. A connection's are those of the request (Linux FIONREAD of a stream socket: tcp(7),
    // SIOCINQ).
    [Fact]
    public async Task Poll_TellsWhatTheConnectionHas()
    {
        await using var guest = new AbiGuest(HalfMode.Synchronous);
        var listener = Listen(guest, requests: 1);
        (await guest.AvailableAsync(listener)).Should().Be((0UL, false));
        var connection = await AcceptAsync(guest, listener);
        (await guest.AvailableAsync(listener)).Should().BeNull();

        var length = (await guest.AvailableAsync(connection))!.Value.Bytes;
        (await ReceiveAsync(guest, connection, RequestLine.Length, flags: 0)).Should().Be((Errno.Success, RequestLine));
        (await guest.AvailableAsync(connection)).Should().Be((length - (ulong)RequestLine.Length, false));
        (await guest.CallAsync("sock_shutdown", connection, 1)).Should().Be(Errno.Success);
        (await guest.AvailableAsync(connection)).Should().Be((0UL, true));
        (await guest.CloseAsync(connection)).Should().Be(Errno.IO);
    }

    [Theory, BothHalves]
    public async Task Functions_OnTheWrongDescriptor_SaySo(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        var listener = Listen(guest, requests: 1);
        var connection = await AcceptAsync(guest, listener);
        var (vectors, length, flags) = (guest.PutVectors((guest.Memory.Allocate(4), 4)), guest.Memory.Allocate(4), guest.Memory.Allocate(2));

        (await guest.CallAsync("sock_accept", connection, 0, length)).Should().Be(Errno.Inval);
        (await guest.CallAsync("sock_recv", listener, vectors, 1, 0, length, flags)).Should().Be(Errno.NotConn);
        (await guest.CallAsync("sock_send", listener, vectors, 1, 0, length)).Should().Be(Errno.NotConn);
        (await guest.CallAsync("sock_shutdown", listener, 3)).Should().Be(Errno.NotConn);
        foreach (var how in new ulong[] { 0, 4, 255 }) (await guest.CallAsync("sock_shutdown", connection, how)).Should().Be(Errno.Inval);
        (await guest.CallAsync("fd_seek", connection, 0, 0, guest.Memory.Allocate(8))).Should().Be(Errno.SPipe);

        (await guest.CallAsync("sock_shutdown", connection, 1)).Should().Be(Errno.Success);
        (await ReceiveAsync(guest, connection, 4, flags: 0)).Should().Be((Errno.Success, ""));
        (await guest.CallAsync("sock_shutdown", connection, 2)).Should().Be(Errno.IO, "there was no response");
        (await guest.WriteAsync(connection, "late")).Should().Be((Errno.Pipe, 0u));
        (await guest.CloseAsync(connection)).Should().Be(Errno.Success);
    }

    private static uint Listen(AbiGuest guest, int requests)
    {
        var port = new HttpPort();
        for (var number = 0; number < requests; number++)
            port.Deliver(new DeliveredRequest(new InvocationExchange(new InvocationRequest(), ExchangeFixture.DefaultLimits, _ => { })));
        return (uint)guest.Descriptors.Add(SocketDescriptors.Listening(new HttpListenerHandle(port), DescriptorFlags.None));
    }

    private static async Task<uint> AcceptAsync(AbiGuest guest, uint? listener = null)
    {
        var result = guest.Memory.Allocate(4);
        (await guest.CallAsync("sock_accept", listener ?? Listen(guest, requests: 1), 0, result)).Should().Be(Errno.Success);
        return guest.Memory.U32(result);
    }

    private static async Task<(Errno Error, string Text)> ReceiveAsync(AbiGuest guest, uint connection, int count, ulong flags)
    {
        var buffer = guest.Memory.Allocate(count);
        var (vectors, length, resultFlags) = (guest.PutVectors((buffer, (uint)count)), guest.Memory.Allocate(4), guest.Memory.Allocate(2));
        var error = await guest.CallAsync("sock_recv", connection, vectors, 1, flags, length, resultFlags);
        return (error, guest.Memory.Text(buffer, guest.Memory.U32(length)));
    }
}
