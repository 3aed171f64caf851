using System.Diagnostics;
using System.Reflection;

namespace WasiCloud.Embedding;

/// <summary>This program again, which may be part of a test run: for what nothing else may disturb, or what is to be killed.</summary>
internal static class ChildProcess
{
    /// <summary>Starts it.</summary>
    /// <param name="program">The program's own assembly, which is another one than that of a test run.</param>
    /// <param name="arguments">Its arguments.</param>
    public static Process Start(Assembly program, params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardInput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet") start.ArgumentList.Add(program.Location);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }
}
