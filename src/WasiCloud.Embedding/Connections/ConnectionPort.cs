using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text.Json;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Connections;

/// <summary>The host's side of a connection that a guest lives for.</summary>
internal abstract class ConnectionPort(GuestConnection connection) : IWorkSource, IAsyncDisposable
{
    private readonly CancellationTokenSource _left = new();

    /// <summary>Bytes have no beginning and no end: what comes on a stream gives a guest nothing more to compute than what it waits.</summary>
    public virtual int Taken => 0;

    protected GuestConnection Connection { get; } = connection;

    protected GuestConnectionOptions Options => Connection.Options;

    /// <summary>Cancelled when the client has left, by whatever way: nothing that the guest does from then on reaches it.</summary>
    public CancellationToken Left => _left.Token;

    /// <summary>The server says that the client has gone, or has ended its side. May be called from any thread.</summary>
    public abstract void ClientClosed();

    /// <summary>The guest is to end: what it reads is at its end after what is there already. May be called from any thread.</summary>
    public abstract void Stop();

    /// <summary>The guest has ended: closes the connection with what became of it.</summary>
    /// <param name="failure">Why it failed, if it has.</param>
    /// <param name="isStopping">Whether the host had asked it to end.</param>
    public abstract Task EndAsync(Exception? failure, bool isStopping);

    /// <summary>Releases everything, after the end.</summary>
    public abstract ValueTask DisposeAsync();

    /// <summary>What <c>/connection/info</c> tells at this moment.</summary>
    public byte[] Describe()
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            WriteFacts(json);
            WriteEndPoint(json, "remote", Connection.RemoteEndPoint);
            WriteEndPoint(json, "local", Connection.LocalEndPoint);
            json.WriteEndObject();
        }

        return output.WrittenSpan.ToArray();
    }

    /// <summary>The client has left. What follows from it runs elsewhere.</summary>
    protected void Leave() => _ = _left.CancelAsync();

    /// <summary>Writes what only this kind of connection has.</summary>
    protected abstract void WriteFacts(Utf8JsonWriter json);

    private static void WriteEndPoint(Utf8JsonWriter json, string side, EndPoint? endPoint)
    {
        switch (endPoint)
        {
            case IPEndPoint ip:
                json.WriteString(side + "Address", ip.Address.ToString());
                json.WriteNumber(side + "Port", ip.Port);
                break;
            case not null:
                json.WriteString(side + "Address", string.Create(CultureInfo.InvariantCulture, $"{endPoint}"));
                break;
            default:
                break;
        }
    }
}
