using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Messages;

/// <summary>Status and header fields of a response, checked.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ResponseHead(int StatusCode, MessageHeaders Headers);
