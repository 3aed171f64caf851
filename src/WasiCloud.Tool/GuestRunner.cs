using System.IO.Pipelines;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding;

namespace WasiCloud.Tool;

/// <summary>Runs one program with the terminal's streams.</summary>
internal static class GuestRunner
{
    // A native program would be killed by SIGPIPE at once. A guest gets EPIPE, and this long to make what it will of it.
    private static readonly TimeSpan ClosedPipeGrace = TimeSpan.FromSeconds(1);

    /// <returns>The guest's exit code.</returns>
    public static async Task<int> RunAsync(RunSettings settings, CancellationToken cancellationToken)
    {
        var wasm = await ModuleFile.ReadAsync(settings.Module, cancellationToken).ConfigureAwait(false);

        // OpenSSL takes its time to load, and the cache of compiled modules needs it: meanwhile the engine is made.
        var warmUp = settings.Host.UseCache ? Task.Run(static () => SHA256.HashData([]), CancellationToken.None) : Task.FromResult<byte[]>([]);
        var provider = ToolHost.Create(settings.Host, cancellationToken);
        await using (provider.ConfigureAwait(false))
        {
            var host = provider.GetRequiredService<IInvocationHost>();
            await warmUp.ConfigureAwait(false);
            using var module = await ModuleFile.LoadAsync(
                host, wasm, settings.Argv0 ?? Path.GetFileName(settings.Module), Path.GetFileName(settings.Module),
                new GuestModuleOptions { Sha256 = settings.Host.Sha256 }, cancellationToken).ConfigureAwait(false);
            using var closedPipe = new CancellationTokenSource();
            using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, closedPipe.Token);
            var hasLostReader = false;
            try
            {
                var request = Request(settings, onClosedPipe: () =>
                {
                    hasLostReader = true;
                    closedPipe.CancelAfter(ClosedPipeGrace);
                });
                var response = await host.InvokeAsync(module, request, cancellation.Token).ConfigureAwait(false);
                await using (response.ConfigureAwait(false))
                {
                    return FailureReport.OfGuest((await response.Completion.ConfigureAwait(false)).ExitCode);
                }
            }
            catch (OperationCanceledException) when (closedPipe.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                return ExitCodes.ClosedPipe;
            }
            catch (GuestTrapException trap) when (hasLostReader)
            {
                // As Go's programs do, which natively let SIGPIPE end them.
                FailureReport.Warn(trap.Message);
                return ExitCodes.ClosedPipe;
            }
        }
    }

    private static InvocationRequest Request(RunSettings settings, Action onClosedPipe) => new()
    {
        Arguments = settings.Arguments,
        Environment = settings.Host.Environment,
        StandardInput = PipeReader.Create(new StandardInput()),
        StandardOutput = new UnbufferedWriter(StandardOutput.Output, onClosedPipe),
        StandardError = new UnbufferedWriter(StandardOutput.Error, onClosedPipe),
        Observer = settings.Trace ? new CallTrace(StandardOutput.Error) : null,
    };
}
