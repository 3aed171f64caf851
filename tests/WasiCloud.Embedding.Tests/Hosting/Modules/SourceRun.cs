namespace WasiCloud.Embedding.Tests.Hosting.Modules;

/// <summary>Runs what a source has.</summary>
internal static class SourceRun
{
    /// <returns>What the guest exits with.</returns>
    public static async Task<int> RunAsync(TestHost host, GuestModuleSource source)
    {
        Task<int> running;
        using (var lease = await source.AcquireAsync()) running = RunAsync(host, lease.Module);
        return await running;
    }

    /// <returns>What the guest exits with.</returns>
    public static async Task<int> RunAsync(TestHost host, GuestModule module)
    {
        try
        {
            return (await host.RunAsync(module)).ExitCode;
        }
        catch (GuestExitException exit)
        {
            return exit.ExitCode;
        }
    }
}
