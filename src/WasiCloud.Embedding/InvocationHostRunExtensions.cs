using System.Runtime.ExceptionServices;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding;

/// <summary>Runs programs to their end.</summary>
public static class InvocationHostRunExtensions
{
    // As much as GuestException.StandardError promises.
    private const int ShownErrorBytes = 64 << 10;

    private static readonly GuestRunOptions DefaultOptions = new();

    /// <summary>
    /// Runs a command and waits until it has ended. All that it writes is read meanwhile, so it never waits for anybody, and no more is held than the options
    /// say. What it answers below <c>/response</c> is read and forgotten: <see cref="IInvocationHost.InvokeAsync"/> gives that.
    /// </summary>
    /// <param name="host">The host.</param>
    /// <param name="module">The module.</param>
    /// <param name="request">
    /// The program's arguments, environment, standard input and limits; by default nothing. Its interface is <see cref="GuestInterface.Files"/>, and it says
    /// nothing of standard output and standard error, which are in the result.
    /// </param>
    /// <param name="options">How much is held.</param>
    /// <param name="cancellationToken">Ends the guest.</param>
    /// <returns>Its exit code, whatever it is, and its output.</returns>
    /// <exception cref="ArgumentException">
    /// The module is a reactor, the request has streams or an interface of its own, or an option is out of its range.
    /// </exception>
    /// <exception cref="GuestException">
    /// The guest trapped, exceeded a limit, the one of standard output included, or wrote a malformed response. An exit code is none of these.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled, or the host disposed.</exception>
    public static Task<GuestRunResult> RunAsync(
        this IInvocationHost host,
        GuestModule module,
        InvocationRequest? request = null,
        GuestRunOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(module);
        request ??= new InvocationRequest();
        options ??= DefaultOptions;
        GuestRunOptionsValidator.Instance.ThrowIfInvalid(options, nameof(options));
        if (request.StandardOutput is not null || request.StandardError is not null)
            throw new ArgumentException("The request takes a stream that is to be in the result: invoke the guest by InvokeAsync instead.", nameof(request));
        if (request.Interface != GuestInterface.Files)
            throw new ArgumentException($"A guest whose interface is {request.Interface} gives a response: invoke it by InvokeAsync instead.", nameof(request));
        return RunToEndAsync(host, module, request, options, cancellationToken);
    }

    private static async Task<GuestRunResult> RunToEndAsync(
        IInvocationHost host, GuestModule module, InvocationRequest request, GuestRunOptions options, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var ending = Task.CompletedTask;
        var output = new WholeOutput(options.MaxStandardOutputBytes, () => ending = ended.CancelAsync());
        var error = new LastOutput(options.MaxStandardErrorBytes);
        var (exitCode, failure) = await EndOfAsync(
            host, module, request with { StandardOutput = output, StandardError = error }, ended.Token).ConfigureAwait(false);
        await ending.ConfigureAwait(false);
        if (output.IsExceeded) throw TooMuch(options, failure, error);
        if (failure is OperationCanceledException && cancellationToken.IsCancellationRequested)
            throw new OperationCanceledException(failure.Message, failure, cancellationToken);
        if (failure is not null) ExceptionDispatchInfo.Throw(failure);
        return new GuestRunResult(exitCode, output.Output, error.Output);
    }

    private static async Task<(int ExitCode, Exception? Failure)> EndOfAsync(
        IInvocationHost host, GuestModule module, InvocationRequest request, CancellationToken cancellationToken)
    {
        try
        {
            var response = await host.InvokeAsync(module, request, cancellationToken).ConfigureAwait(false);
            await using (response.ConfigureAwait(false))
            {
                await response.Body.CopyToAsync(Stream.Null, CancellationToken.None).ConfigureAwait(false);
                return ((await response.Completion.ConfigureAwait(false)).ExitCode, null);
            }
        }
        catch (GuestExitException exit)
        {
            return (exit.ExitCode, null);
        }
        catch (Exception exception) when (exception is GuestException or OperationCanceledException)
        {
            return (0, exception);
        }
    }

    // Whatever else became of the guest, which may have failed because it could not write.
    private static GuestLimitException TooMuch(GuestRunOptions options, Exception? failure, LastOutput error) =>
        new(GuestLimit.Output, options.MaxStandardOutputBytes, failure)
        {
            StandardError = error.ShownText ?? LogText.OfLines(error.Output.LastText(ShownErrorBytes)),
        };
}
