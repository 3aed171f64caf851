using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Topics;

/// <summary>A message that was received.</summary>
/// <param name="Payload">Its bytes.</param>
/// <param name="Lost">How many messages were lost between the one received before and this one.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct TopicMessage(ReadOnlyMemory<byte> Payload, long Lost);
