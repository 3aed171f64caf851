namespace WasiCloud.Embedding.Messages;

/// <summary>Status and header fields of a response, checked.</summary>
internal sealed record ResponseHead(int StatusCode, MessageHeaders Headers);
