namespace WasiCloud.Embedding.Messages;

/// <summary>How the guest writes its response. The first file it creates decides.</summary>
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
}
