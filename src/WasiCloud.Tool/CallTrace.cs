using System.Globalization;
using System.Text;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.HostCalls;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Tool;

/// <summary>One line per host call, as <c>strace -T</c>.</summary>
internal sealed class CallTrace : HostCallObserver
{
    private const string Wasi = "wasi_snapshot_preview1";

    private readonly StandardOutput _output;
    private readonly Func<bool> _mustStop;
    private ObservedGuest? _guest;

    /// <param name="output">Where to. What cannot be written there is left out: the guest is not to notice that it is watched.</param>
    public CallTrace(StandardOutput output)
    {
        _output = output;
        _mustStop = () => _guest!.MustEnd;
    }

    public override bool WantsTimes => true;

    public override void CallEnded(in HostCall call)
    {
        // A call that the guest did not come back from has no result.
        if (call.Outcome.Kind == HostCallOutcomeKind.Ended) return;
        _guest = call.Guest;
        var line = new StringBuilder(SafeName(call.Function)).Append('(');
        var results = new StringBuilder();
        for (var index = 0; index < call.Function.Parameters.Count; index++)
        {
            var parameter = call.Function.Parameters[index];
            if (parameter.Role is HostCallParameterRole.Result32 or HostCallParameterRole.Result64) AppendResult(results, parameter, call, index);
            else if (parameter.Role != HostCallParameterRole.TextLength) AppendArgument(line, parameter, call, index);
        }

        line.Append(')');
        if (call.Function.ReturnsErrno) line.Append(CultureInfo.InvariantCulture, $" = {call.Outcome.Error}{results}");
        else AppendResults(line, call);
        line.Append(CultureInfo.InvariantCulture, $" <{call.Duration.TotalMicroseconds:F1} us>\n");
        _ = _output.Write(Encoding.UTF8.GetBytes(line.ToString()), _mustStop);
    }

    // A function of an application is told apart from those of WASI by its module.
    private static string SafeName(HostCallSignature function) =>
        SafeText.Of(function.Module == Wasi ? function.Name : function.ToString(), HostCall.MaxTextBytes);

    // What a function of an application returned.
    private static void AppendResults(StringBuilder line, in HostCall call)
    {
        for (var index = 0; index < call.ResultCount; index++)
        {
            line.Append(index == 0 ? " = " : ", ");
            AppendNumber(line, call.Function.Results[index], call.GetResult(index));
        }
    }

    private static void AppendNumber(StringBuilder line, HostCallValueType type, ulong bits)
    {
        switch (type)
        {
            case HostCallValueType.F32:
                line.Append(CultureInfo.InvariantCulture, $"{BitConverter.UInt32BitsToSingle((uint)bits)}");
                break;
            case HostCallValueType.F64:
                line.Append(CultureInfo.InvariantCulture, $"{BitConverter.UInt64BitsToDouble(bits)}");
                break;
            default:
                line.Append(CultureInfo.InvariantCulture, $"{(long)bits}");
                break;
        }
    }

    private static void AppendArgument(StringBuilder line, HostCallParameter parameter, in HostCall call, int index)
    {
        if (line[^1] != '(') line.Append(", ");
        line.Append(parameter.Name).Append('=');
        var value = call.GetArgument(index);
        switch (parameter.Role)
        {
            case HostCallParameterRole.Text when call.TryGetText(index, out var text):
                line.Append('"').Append(SafeText.Of(text, HostCall.MaxTextBytes)).Append('"');
                if (call.GetArgument(index + 1) > (ulong)text.Length) line.Append("...");
                break;
            case HostCallParameterRole.Text:
                line.Append("<outside memory>");
                break;
            case HostCallParameterRole.Number:
                AppendNumber(line, parameter.Type, value);
                break;
            default:
                line.Append(CultureInfo.InvariantCulture, $"0x{value:x}");
                break;
        }
    }

    private static void AppendResult(StringBuilder results, HostCallParameter parameter, in HostCall call, int index)
    {
        var isWide = parameter.Role == HostCallParameterRole.Result64;
        if (call.Outcome.Error != Errno.Success || !call.Writes.TryFind((uint)call.GetArgument(index), isWide ? 8u : 4u, out var bytes)) return;
        var value = isWide ? BitConverter.ToUInt64(bytes) : BitConverter.ToUInt32(bytes);
        results.Append(CultureInfo.InvariantCulture, $" {parameter.Name}={value}");
    }
}
