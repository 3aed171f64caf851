using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Http.Exchange;

/// <summary>Status and header fields of a response, checked.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ResponseHead(int StatusCode, MessageHeaders Headers);
