using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Http.Exchange;

namespace WasiCloud.Embedding.Http.Queue;

/// <summary>One request that a guest has accepted, and its response.</summary>
internal sealed class HttpFileTurn(long id, DeliveredRequest delivered, HttpFilePort port)
{
    public long Id { get; } = id;

    public DeliveredRequest Delivered { get; } = delivered;

    /// <summary>Whether the guest has looked at nothing of it, so that it can be given to another.</summary>
    public bool IsUntouched { get; private set; } = true;

    /// <summary>Its directory, once the guest has looked at it.</summary>
    public HttpTurnDirectory? Directory { get; set; }

    /// <summary>Begins, once the port knows it.</summary>
    public void Begin()
    {
        Delivered.Exchange.Response.WhenOver = End;
        Delivered.WhenAbandoned = End;

        // It may have happened meanwhile.
        if (Delivered.IsAbandoned) End();
    }

    /// <summary>The guest looks at it.</summary>
    public void Touch() => IsUntouched = false;

    /// <summary>The guest removes its directory: the response ends as it does with a guest that exits.</summary>
    /// <returns><see cref="Errno.Busy"/> while a file of the response is open that is written as a stream; <see cref="Errno.IO"/> if what there is of it is no
    /// response.</returns>
    public Errno Remove()
    {
        Touch();
        if (Delivered.Exchange.Response.IsWriting) return Errno.Busy;
        var failure = Delivered.Exchange.GuestSucceeded();
        End();
        return failure is null ? Errno.Success : Errno.IO;
    }

    private void End() => port.End(this);
}
