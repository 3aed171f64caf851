using System.Buffers.Binary;
using WasiCloud.Embedding.Preview1;

namespace WasiCloud.Embedding.Fuzz.Imports;

/// <summary>Which bytes of guest memory a call may change, by the roles of its arguments.</summary>
internal static class WriteRanges
{
    private const int EventBytes = 32;

    public static List<(ulong Start, ulong Length)> Of(PlannedCall call, GuardedMemory memory, Preview1Context guest)
    {
        var (roles, arguments) = (Roles.Of(call.Function), call.Arguments);
        var ranges = new List<(ulong, ulong)>();
        for (var position = 0; position < roles.Length; position++)
        {
            var address = arguments[position];
            switch (roles[position])
            {
                case ['o', >= '0' and <= '9', ..] room:
                    // Snapshot 0's filestat is 8 bytes shorter.
                    var size = ulong.Parse(room.AsSpan(1), System.Globalization.CultureInfo.InvariantCulture);
                    ranges.Add((address, size == 64 && call.Function.Module == Preview1Functions.Snapshot0Module ? 56 : size));
                    break;
                case "buf":
                    ranges.Add((address, arguments[position + 1]));
                    break;
                case "rv":
                    AddVectors(ranges, memory, address, arguments[position + 1]);
                    break;
                case "events":
                    ranges.Add((address, arguments[position + 1] * EventBytes));
                    break;
                case "argp":
                    ranges.Add((address, (ulong)guest.State.Arguments.Offsets.Length * 4));
                    break;
                case "argb":
                    ranges.Add((address, (ulong)guest.State.Arguments.Bytes.Length));
                    break;
                case "envp":
                    ranges.Add((address, (ulong)guest.State.Environment.Offsets.Length * 4));
                    break;
                case "envb":
                    ranges.Add((address, (ulong)guest.State.Environment.Bytes.Length));
                    break;
                default:
                    break;
            }
        }

        return ranges;
    }

    private static void AddVectors(List<(ulong Start, ulong Length)> ranges, GuardedMemory memory, ulong address, ulong count)
    {
        if (count > 1024 || address > memory.Length || count * 8 > memory.Length - address) return;
        var vectors = memory.Slice(address, (int)count * 8);
        for (; vectors.Length > 0; vectors = vectors[8..])
            ranges.Add((BinaryPrimitives.ReadUInt32LittleEndian(vectors), BinaryPrimitives.ReadUInt32LittleEndian(vectors[4..])));
    }
}
