using System.IO.Pipelines;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding;
using WasiCloud.Embedding.Authority;
using WasiCloud.Tool.Policies;

namespace WasiCloud.Tool;

/// <summary>Runs one program with the terminal's streams.</summary>
internal static class GuestRunner
{
    // A native program would be killed by SIGPIPE at once. A guest gets EPIPE, and this long to make what it will of it.
    private static readonly TimeSpan ClosedPipeGrace = TimeSpan.FromSeconds(1);

    /// <returns>The guest's exit code.</returns>
    public static async Task<int> RunAsync(RunSettings settings, CancellationToken cancellationToken)
    {
        var policy = settings.Policy is { } file ? GuestPolicy.Load(file) : null;
        if (settings.Learn is null) return await RunAsync(settings, policy, observer: null, cancellationToken).ConfigureAwait(false);
        var learned = LearnedPolicy.Open(settings.Learn);
        var observer = new GuestPolicyObserver();
        try
        {
            return await RunAsync(settings, policy, observer, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // What a program did before it failed was needed as well. One that was never started did nothing.
            if (observer.Invocations > 0) learned.Write(observer);
        }
    }

    private static async Task<int> RunAsync(
        RunSettings settings, GuestPolicy? policy, GuestPolicyObserver? observer, CancellationToken cancellationToken)
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
                new GuestModuleOptions { Sha256 = settings.Host.Sha256, Policy = policy }, cancellationToken).ConfigureAwait(false);
            using var closedPipe = new CancellationTokenSource();
            using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, closedPipe.Token);
            var hasLostReader = false;
            try
            {
                var request = Request(settings, observer, onClosedPipe: () =>
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

    private static InvocationRequest Request(RunSettings settings, GuestPolicyObserver? observer, Action onClosedPipe) => new()
    {
        Arguments = settings.Arguments,
        Environment = settings.Host.Environment,
        StandardInput = PipeReader.Create(new StandardInput()),
        StandardOutput = new UnbufferedWriter(StandardOutput.Output, onClosedPipe),
        StandardError = new UnbufferedWriter(StandardOutput.Error, onClosedPipe),
        PolicyObserver = observer,
        Observer = settings.Trace ? new CallTrace(StandardOutput.Error) : null,
    };
}
