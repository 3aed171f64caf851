using System.Globalization;

namespace WasiCloud.Tool.Inspection;

/// <summary>The bytes are not what the binary format allows.</summary>
internal sealed class MalformedModuleException(long offset, string problem)
    : Exception(string.Create(CultureInfo.InvariantCulture, $"Malformed at byte {offset} (0x{offset:x}): {problem}."))
{
    public long Offset => offset;
}
