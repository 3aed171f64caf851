namespace WasiCloud.Embedding;

/// <summary>How a guest gets its request and gives its response.</summary>
public enum GuestInterface
{
    /// <summary>Files below <c>/request</c> and <c>/response</c>.</summary>
    Files,

    /// <summary>
    /// HTTP/1.1 (RFC 9112) on a socket: descriptor 3 is a listener, and each connection that is accepted there brings requests of this host, never of a
    /// network. A server written with the HTTP library of its language runs unchanged. <c>LISTEN_FDS</c> is 1, as sd_listen_fds(3) says.
    /// </summary>
    Socket,

    /// <summary>
    /// The Common Gateway Interface (RFC 3875), as WAGI and WCGI have it: the request in environment variables and on standard input, the response on standard
    /// output.
    /// </summary>
    Cgi,
}
