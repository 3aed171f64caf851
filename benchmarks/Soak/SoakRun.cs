using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.IO.Pipelines;
using System.Text;
using Microsoft.Extensions.DependencyInjection;

namespace WasiCloud.Embedding.Soak;

/// <summary>Callers who invoke guests of all kinds, and compare what they answer.</summary>
/// <param name="options">How much.</param>
/// <param name="cancellationToken">Ends it early.</param>
internal sealed class SoakRun(SoakOptions options, CancellationToken cancellationToken)
{
    // Of a thousand invocations.
    private const int Sums = 50;
    private const int Jsons = 100;
    private const int Traps = 20;
    private const int Cancellations = 20;
    private const int Exceptions = 10;

    private const int OneLoopIn = 20_000;
    private const int MaxPieces = 400;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(15);
    private static readonly byte[] JsonBody = Encoding.UTF8.GetBytes("""{"name":"Ada","numbers":[1,2,3]}""");

    private readonly SemaphoreSlim _collections = new(0);
    private readonly long _started = Stopwatch.GetTimestamp();
    private string? _jsonAnswer;

    public SoakTotals Totals { get; } = new();

    private bool IsOver =>
        cancellationToken.IsCancellationRequested || Stopwatch.GetElapsedTime(_started) > options.Limit
            || (Totals.Invocations >= options.Invocations && Totals.Resumes >= options.Resumes);

    public async Task RunAsync()
    {
        var services = new ServiceCollection();
        services.AddWasiCloud(configuration =>
        {
            (configuration.Execution, configuration.MaxConcurrentInvocations, configuration.ModuleCacheFolder) = (options.Execution, options.Callers, null);
            configuration.MaxConcurrentInvocationsPerModule = options.Callers;
        }).AddRequestResponseFiles().AddImport(SoakGuests.ImportModule, SoakGuests.ImportName, [], [], _ => throw new SoakException());
        await using var provider = services.BuildServiceProvider();
        var host = provider.GetRequiredService<IInvocationHost>();
        using var guests = await SoakGuests.LoadAsync(host);
        using var end = new CancellationTokenSource();
        var collecting = Task.Run(() => CollectAsync(end.Token), CancellationToken.None);
        var telling = Task.Run(() => TellAsync(end.Token), CancellationToken.None);
        try
        {
            await Task.WhenAll(Enumerable.Range(0, options.Callers)
                .Select(caller => Task.Run(() => CallAsync(host, guests, new Random((options.Seed * 100_003) + caller)), CancellationToken.None)));
        }
        finally
        {
            await end.CancelAsync();
            await Task.WhenAll(collecting, telling);
        }
    }

    private async Task CallAsync(IInvocationHost host, SoakGuests guests, Random random)
    {
        while (!IsOver)
        {
            long count;
            try
            {
                count = await InvokeAsync(host, guests, random);
            }
            catch (Exception exception)
            {
                Totals.AddMismatch(exception.ToString());
                continue;
            }

            if (count % options.InvocationsPerCollection == 0) _collections.Release();
        }
    }

    private async Task<long> InvokeAsync(IInvocationHost host, SoakGuests guests, Random random)
    {
        if (random.Next(OneLoopIn) == 0) return await TimeOutAsync(host, guests.Loop);
        var kind = random.Next(1000);
        if ((kind -= Sums) < 0) return await SumAsync(host, guests.Sum, random);
        if ((kind -= Jsons) < 0) return await JsonAsync(host, guests.Json);
        if ((kind -= Traps) < 0) return await TrapAsync(host, guests.Trap, random);
        if ((kind -= Cancellations) < 0) return await CancelAsync(host, guests.Sum, random);
        if ((kind -= Exceptions) < 0) return await ThrowAsync(host, guests.Fail);
        await ReadAsync(host, guests.Empty, new InvocationRequest());
        return Totals.Add(SoakTotals.Ending.Answer, resumes: 0);
    }

    private async Task<long> SumAsync(IInvocationHost host, GuestModule module, Random random)
    {
        var pieces = random.Next(1, MaxPieces);
        var body = new LateBody(pieces, random.Next());
        var answer = await ReadAsync(host, module, new InvocationRequest { Method = "POST", Body = body });
        if (answer.Length != sizeof(ulong) || BinaryPrimitives.ReadUInt64LittleEndian(answer) != body.Sum)
            Totals.AddMismatch($"{Convert.ToHexString(answer)} for {body.Sum:X}");

        // The end of the body is waited for, too.
        return Totals.Add(SoakTotals.Ending.Answer, pieces + 1);
    }

    private async Task<long> JsonAsync(IInvocationHost host, GuestModule module)
    {
        var answer = Encoding.UTF8.GetString(await ReadAsync(
            host, module, new InvocationRequest
            {
                Method = "POST",
                Body = PipeReader.Create(new ReadOnlySequence<byte>(JsonBody)),
                ContentLength = JsonBody.Length
            }));
        if (!string.Equals(Interlocked.CompareExchange(ref _jsonAnswer, answer, null) ?? answer, answer, StringComparison.Ordinal)) Totals.AddMismatch(answer);
        return Totals.Add(SoakTotals.Ending.Answer, resumes: 0);
    }

    private async Task<long> TrapAsync(IInvocationHost host, GuestModule module, Random random)
    {
        await ExpectAsync<GuestTrapException>(
            host, module, new InvocationRequest { Method = "POST", Body = new LateBody(1, random.Next()) }, CancellationToken.None);
        return Totals.Add(SoakTotals.Ending.Trap, resumes: 1);
    }

    private async Task<long> TimeOutAsync(IInvocationHost host, GuestModule module)
    {
        await ExpectAsync<GuestLimitException>(host, module, new InvocationRequest { Timeout = TimeSpan.FromMilliseconds(20) }, CancellationToken.None);
        return Totals.Add(SoakTotals.Ending.Timeout, resumes: 0);
    }

    private async Task<long> ThrowAsync(IInvocationHost host, GuestModule module)
    {
        var exception = await ExpectAsync<GuestTrapException>(host, module, new InvocationRequest(), CancellationToken.None);
        if (exception?.InnerException is not SoakException) Totals.AddMismatch($"{exception} instead of the host's own exception");
        return Totals.Add(SoakTotals.Ending.Exception, resumes: 1);
    }

    // While it waits for a body that never comes, at the moment that chance chooses.
    private async Task<long> CancelAsync(IInvocationHost host, GuestModule module, Random random)
    {
        using var cancellation = new CancellationTokenSource();
        var invocation = ExpectAsync<OperationCanceledException>(
            host, module, new InvocationRequest { Method = "POST", Body = new Pipe().Reader }, cancellation.Token);
        for (var turn = random.Next(4); turn > 0; turn--) await Task.Yield();
        await cancellation.CancelAsync();
        await invocation;
        return Totals.Add(SoakTotals.Ending.Cancellation, resumes: 1);
    }

    private async Task<TException?> ExpectAsync<TException>(IInvocationHost host, GuestModule module, InvocationRequest request, CancellationToken token)
        where TException : Exception
    {
        try
        {
            await ReadAsync(host, module, request, token);
        }
        catch (TException exception)
        {
            return exception;
        }

        Totals.AddMismatch($"{module.Name} ended well");
        return null;
    }

    private static async Task<byte[]> ReadAsync(IInvocationHost host, GuestModule module, InvocationRequest request, CancellationToken token = default)
    {
        await using var response = await host.InvokeAsync(module, request, token).WaitAsync(Patience, CancellationToken.None);
        while (true)
        {
            var result = await response.Body.ReadAsync(CancellationToken.None);
            if (!result.IsCompleted)
            {
                response.Body.AdvanceTo(result.Buffer.Start, result.Buffer.End);
                continue;
            }

            var bytes = result.Buffer.ToArray();
            response.Body.AdvanceTo(result.Buffer.End);
            await response.Completion.WaitAsync(Patience, CancellationToken.None);
            return bytes;
        }
    }

    // As many as invocations pay for: a collection after the other would keep the guests from going on.
    private async Task CollectAsync(CancellationToken token)
    {
        while (true)
        {
            try
            {
                await _collections.WaitAsync(token);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true);
            Totals.AddCollection();
        }
    }

    private async Task TellAsync(CancellationToken token)
    {
        using var timer = new PeriodicTimer(ProgressInterval);
        try
        {
            while (await timer.WaitForNextTickAsync(token)) Console.WriteLine($"{Stopwatch.GetElapsedTime(_started):hh\\:mm\\:ss} {Totals}");
        }
        catch (OperationCanceledException)
        {
            // The end, which Program tells.
        }
    }
}
