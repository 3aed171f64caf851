using System.Globalization;
using System.Text;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.HostCalls;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Tool;

/// <summary>One line per host call, as <c>strace -T</c>.</summary>
internal sealed class CallTrace : HostCallObserver
{
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
        var line = new StringBuilder(call.Function.Name).Append('(');
        var results = new StringBuilder();
        for (var index = 0; index < call.Function.Parameters.Count; index++)
        {
            var parameter = call.Function.Parameters[index];
            if (parameter.Role is HostCallParameterRole.Result32 or HostCallParameterRole.Result64) AppendResult(results, parameter, call, index);
            else if (parameter.Role != HostCallParameterRole.TextLength) AppendArgument(line, parameter, call, index);
        }

        line.Append(')');
        if (call.Function.ReturnsErrno) line.Append(CultureInfo.InvariantCulture, $" = {call.Outcome.Error}{results}");
        line.Append(CultureInfo.InvariantCulture, $" <{call.Duration.TotalMicroseconds:F1} us>\n");
        _ = _output.Write(Encoding.UTF8.GetBytes(line.ToString()), _mustStop);
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
                line.Append(CultureInfo.InvariantCulture, $"{(long)value}");
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
