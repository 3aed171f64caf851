namespace WasiCloud.Embedding.Http.Exchange;

/// <summary>Where the guests of a daemon, one after another, find their requests. Thread-safe.</summary>
internal interface IRequestPort
{
    /// <summary>Gives a request to the guest, or to the next if there is none.</summary>
    /// <returns>Whether it was taken: no more are after <see cref="Stop"/>.</returns>
    bool Deliver(DeliveredRequest request);

    /// <summary>Whether a guest was told that nothing more comes.</summary>
    bool HasToldEnd { get; }

    /// <summary>Nothing more comes: the guest is told so when it is done with what it has.</summary>
    void Stop();

    /// <summary>The guest has ended. Requests that it had begun fail, the others wait for the next guest.</summary>
    void GuestEnded(Exception failure);

    /// <summary>There is no next guest: all requests fail.</summary>
    void Fail(Exception failure);
}
