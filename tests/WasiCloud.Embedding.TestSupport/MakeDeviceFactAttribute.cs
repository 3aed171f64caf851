using System.Diagnostics;
using Xunit;

namespace WasiCloud.Embedding;

/// <summary>A test that makes devices, which root alone can do, and not in every container.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class MakeDeviceFactAttribute : FactAttribute
{
    public MakeDeviceFactAttribute()
    {
        if (!IsAllowed()) Skip = "No device can be made here (mknod).";
    }

    private static bool IsAllowed()
    {
        var folder = Directory.CreateTempSubdirectory("wasicloud-");
        var start = new ProcessStartInfo("mknod", [Path.Combine(folder.FullName, "probe"), "c", "1", "3"])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        process.WaitForExit();
        folder.Delete(recursive: true);
        return process.ExitCode == 0;
    }
}
