using System.Diagnostics;

namespace WasiCloud.Embedding;

/// <summary>This program again, which may be part of a test run: for what nothing else may disturb, or what is to be killed.</summary>
internal static class ChildProcess
{
    /// <summary>Starts it.</summary>
    /// <param name="arguments">Its arguments.</param>
    public static Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardInput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet") start.ArgumentList.Add(typeof(ChildProcess).Assembly.Location);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }
}
