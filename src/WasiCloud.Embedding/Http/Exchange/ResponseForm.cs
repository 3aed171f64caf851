namespace WasiCloud.Embedding.Http.Exchange;

/// <summary>How the guest writes its response. The first file it creates decides, if the host has not.</summary>
internal enum ResponseForm
{
    /// <summary>Nothing was created yet.</summary>
    None,

    /// <summary><c>/response/txt</c>.</summary>
    Text,

    /// <summary><c>/response/json</c>.</summary>
    Json,

    /// <summary><c>/response/status</c>, <c>headers/&lt;name&gt;</c> and <c>body</c>.</summary>
    Pieces,

    /// <summary>HTTP/1.1 on a connection that the guest accepted. Chosen by the host.</summary>
    Socket,

    /// <summary>A CGI response on standard output (RFC 3875 section 6). Chosen by the host.</summary>
    Cgi,
}
