using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Http.Exchange;

/// <summary>What is wrong with the guest's output.</summary>
/// <param name="Offset">At which byte of the file.</param>
/// <param name="Text">What.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ResponseProblem(long Offset, string Text);
