using System.Buffers.Binary;
using System.Globalization;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Fuzz.Imports;

/// <summary>What each call may do to the set of open descriptors.</summary>
internal static class DescriptorRules
{
    public static void Check(PlannedCall call, Errno result, List<uint> before, List<uint> after, GuardedMemory memory, int limit)
    {
        if (after.Count > limit || after.Exists(number => number >= limit)) throw new FuzzFailureException($"The limit of {limit} descriptors is exceeded.");
        var expected = Expect(call, result, before, after);
        if (!after.SequenceEqual(expected)) throw new FuzzFailureException($"Open are {List(after)} and not {List(expected)}, result {result}.");
        if (call.Function.Name != "path_open" || result != Errno.Success) return;
        var told = BinaryPrimitives.ReadUInt32LittleEndian(memory.Slice(call.Arguments[8], sizeof(uint)));
        var lowest = LowestFree(before);
        if (told != lowest) throw new FuzzFailureException(string.Create(CultureInfo.InvariantCulture, $"Descriptor {told} was given, but {lowest} was free."));
    }

    private static List<uint> Expect(PlannedCall call, Errno result, List<uint> before, List<uint> after)
    {
        var first = (uint)call.Arguments.FirstOrDefault();
        switch (call.Function.Name)
        {
            case "path_open" when result == Errno.Success:
                return [.. before.Append(LowestFree(before)).Order()];

            // A close that reports an error has closed all the same; only a number that is not open stays what it is.
            case "fd_close" when result != Errno.BadF || !after.Contains(first):
                return [.. before.Where(number => number != first)];
            case "fd_renumber" when (result == Errno.Success || !after.Contains(first)) && call.Arguments[0] != call.Arguments[1]:
                return [.. before.Where(number => number != first)];
            default:
                return before;
        }
    }

    private static uint LowestFree(List<uint> numbers)
    {
        var number = 0u;
        while (numbers.Contains(number)) number++;
        return number;
    }

    private static string List(List<uint> numbers) => "[" + string.Join(' ', numbers.Select(number => number.ToString(CultureInfo.InvariantCulture))) + "]";
}
