using System.Diagnostics;
using System.Globalization;
using System.Text;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Guests;
using WasiCloud.Embedding.HostCalls;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Tool;

/// <summary>One line per host call, as <c>strace -T</c>.</summary>
internal sealed class CallTrace : IHostCallTrace
{
    // As much as a path may have.
    private const int MaxTextLength = 4096;

    private readonly StandardOutput _output;
    private readonly Func<bool> _mustStop;
    private GuestContext? _guest;
    private long _began;

    /// <param name="output">Where to. What cannot be written there is left out: the guest is not to notice that it is watched.</param>
    public CallTrace(StandardOutput output)
    {
        _output = output;
        _mustStop = () => _guest!.MustStop;
    }

    public void HostCallBegins(GuestContext guest)
    {
        _guest = guest;
        _began = Stopwatch.GetTimestamp();
    }

    public void HostCallEnded(HostFunction function, in CallArguments arguments, Errno result)
    {
        var microseconds = Stopwatch.GetElapsedTime(_began).TotalMicroseconds;
        var line = new StringBuilder(function.Name).Append('(');
        var results = new StringBuilder();
        var index = 0;
        foreach (var parameter in CallSignatures.Of(function.Name))
        {
            if (parameter[0] == '>')
            {
                if (result == Errno.Success) AppendResult(results, parameter, arguments.U32(index));
                index++;
                continue;
            }

            if (line[^1] != '(') line.Append(", ");
            index += parameter[0] == '*'
                ? AppendText(line, parameter[1..], arguments.U32(index), arguments.U32(index + 1))
                : AppendNumber(line, parameter, function.Parameters[index] == WasmValueType.I64 ? arguments.U64(index) : arguments.U32(index));
        }

        line.Append(')');
        if (function.ReturnsErrno) line.Append(CultureInfo.InvariantCulture, $" = {result}{results}");
        line.Append(CultureInfo.InvariantCulture, $" <{microseconds:F1} us>\n");
        _ = _output.Write(Encoding.UTF8.GetBytes(line.ToString()), _mustStop);
    }

    private static int AppendNumber(StringBuilder line, string parameter, ulong value)
    {
        var isBits = parameter.EndsWith(":x", StringComparison.Ordinal);
        if (isBits) line.Append(CultureInfo.InvariantCulture, $"{parameter[..^2]}=0x{value:x}");
        else line.Append(CultureInfo.InvariantCulture, $"{parameter}={(long)value}");
        return 1;
    }

    private int AppendText(StringBuilder line, string name, uint address, uint length)
    {
        line.Append(name).Append('=');
        if (!_guest!.Memory.TryGetSpan(address, length, out var bytes)) line.Append("<outside memory>");
        else line.Append('"').Append(SafeText.Of(bytes, MaxTextLength)).Append('"');
        return 2;
    }

    private void AppendResult(StringBuilder results, string parameter, uint address)
    {
        var isWide = parameter.StartsWith(">>", StringComparison.Ordinal);
        if (!_guest!.Memory.TryGetSpan(address, isWide ? 8u : 4u, out var bytes)) return;
        var value = isWide ? BitConverter.ToUInt64(bytes) : BitConverter.ToUInt32(bytes);
        results.Append(CultureInfo.InvariantCulture, $" {parameter.TrimStart('>')}={value}");
    }
}
