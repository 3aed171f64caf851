using System.Diagnostics;

namespace WasiCloud.Embedding;

/// <summary>Programs that tests run and that this machine may lack: installed when that is possible, and named when it is not.</summary>
internal static class DebianPackage
{
    // One test process at a time: apt-get does not wait for another one.
    private static readonly string LockPath = Path.Combine(Path.GetTempPath(), "wasicloud-tests-apt.lock");

    /// <summary>Finds a program, installing its package first if it is missing and this process may do so (Debian, as root).</summary>
    /// <param name="package">The package that has the program.</param>
    /// <param name="find">Looks for the program; <see langword="null"/> if it is not there.</param>
    /// <returns>The program's path.</returns>
    /// <exception cref="InvalidOperationException">The program is missing and could not be installed; the message says why.</exception>
    public static async Task<string> FindAsync(string package, Func<string?> find)
    {
        if (find() is { } present) return present;
        await using var alone = await WaitForLockAsync();
        if (find() is { } installedMeanwhile) return installedMeanwhile;
        var error = await InstallAsync(package);
        return find() ?? throw new InvalidOperationException($"These tests need the Debian package '{package}', which is not installed and could not be: " +
            $"{error}");
    }

    /// <summary>Looks for a program in the folders of the PATH and of system programs.</summary>
    /// <param name="name">The program's name.</param>
    /// <returns>Its path, or <see langword="null"/>.</returns>
    public static string? FindOnPath(string name) =>
        ((Environment.GetEnvironmentVariable("PATH") ?? string.Empty) + ":/usr/bin:/usr/sbin").Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    private static async Task<string> InstallAsync(string package)
    {
        if (FindOnPath("apt-get") is null) return "apt-get is not here either.";
        if (!Environment.IsPrivilegedProcess) return $"only root may run 'apt-get install {package}'.";
        var (updateCode, updateOutput) = await RunAsync("apt-get", "-q", "update");
        var (code, output) = await RunAsync("apt-get", "-q", "-y", "--no-install-recommends", "install", package);
        if (code == 0) return "apt-get installed it, but the program is not there.";
        return $"apt-get update exited with {updateCode}, apt-get install with {code}:\n{updateOutput}\n{output}";
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DEBIAN_FRONTEND"] = "noninteractive";

        // Keeps maintainer scripts from starting the service for the whole machine.
        start.Environment["RUNLEVEL"] = "1";
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors);
    }

    private static async Task<FileStream> WaitForLockAsync()
    {
        for (var patience = Stopwatch.StartNew(); ; await Task.Delay(100))
        {
            try
            {
                return new FileStream(LockPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (patience.Elapsed < TimeSpan.FromMinutes(10))
            {
                // Another test process installs.
            }
        }
    }
}
