using System.Runtime.CompilerServices;

namespace WasiCloud.Embedding.HostCalls;

/// <summary>
/// The arguments of one host call, copied out of the engine's array so that the pending half has them too. <c>path_open</c> has the most: nine.
/// </summary>
[InlineArray(MaxCount)]
internal struct CallArguments
{
    public const int MaxCount = 9;

    private ulong _first;

    public readonly uint U32(int index) => (uint)this[index];

    public readonly ulong U64(int index) => this[index];

    public readonly ushort U16(int index) => (ushort)this[index];
}
