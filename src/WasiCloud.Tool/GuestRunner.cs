using System.IO.Pipelines;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding;

namespace WasiCloud.Tool;

/// <summary>Runs one program with the terminal's streams.</summary>
internal static class GuestRunner
{
    /// <returns>The guest's exit code.</returns>
    public static async Task<int> RunAsync(RunSettings settings, CancellationToken cancellationToken)
    {
        if (!File.Exists(settings.Module)) throw new FileNotFoundException($"There is no file '{settings.Module}'.");
        var provider = ToolHost.Create(settings);
        await using (provider.ConfigureAwait(false))
        {
            var host = provider.GetRequiredService<IInvocationHost>();
            var wasm = await File.ReadAllBytesAsync(settings.Module, cancellationToken).ConfigureAwait(false);
            using var module = await host.LoadAsync(wasm, settings.Argv0 ?? Path.GetFileName(settings.Module), cancellationToken).ConfigureAwait(false);
            var response = await host.InvokeAsync(module, Request(settings), cancellationToken).ConfigureAwait(false);
            await using (response.ConfigureAwait(false))
            {
                return (await response.Completion.ConfigureAwait(false)).ExitCode;
            }
        }
    }

    private static InvocationRequest Request(RunSettings settings)
    {
        var error = Console.OpenStandardError();
        return new InvocationRequest
        {
            Arguments = settings.Arguments,
            Environment = settings.Environment,
            StandardInput = PipeReader.Create(new InterruptibleInput(Console.OpenStandardInput())),
            StandardOutput = new UnbufferedWriter(Console.OpenStandardOutput()),
            StandardError = new UnbufferedWriter(error),
            Features = settings.Trace ? [new CallTrace(error)] : [],
        };
    }
}
