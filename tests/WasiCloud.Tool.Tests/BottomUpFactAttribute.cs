using System.ComponentModel;
using System.Diagnostics;
using Xunit;

namespace WasiCloud.Tool.Tests;

/// <summary>A test of processes whose memory is mapped bottom up, which some containers forbid.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class BottomUpFactAttribute : FactAttribute
{
    public BottomUpFactAttribute()
    {
        if (!IsAllowed()) Skip = "The memory layout cannot be chosen here (setarch --addr-compat-layout).";
    }

    private static bool IsAllowed()
    {
        try
        {
            using var process = Process.Start("setarch", ["--addr-compat-layout", "true"]);
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
