using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.Rpc;

namespace WasiCloud.Embedding.Reliability.Rpc;

/// <summary>Kills processes that serve calls, again and again, and looks whether any call was seen twice, or was seen although it was refused.</summary>
/// <param name="seed">What makes the moments of the kills the same each time, counted in answered calls.</param>
internal sealed class CallRounds(int seed)
{
    private const int Callers = 8;
    private const int Servers = 2;
    private const int MostAnswered = 300;

    private readonly Random _random = new(seed);
    private readonly ConcurrentDictionary<long, RpcError?> _outcomes = [];
    private readonly ConcurrentDictionary<long, int> _seen = [];
    private readonly Channel<long> _answers = Channel.CreateUnbounded<long>();
    private long _last;

    /// <summary>How many calls were answered.</summary>
    public int Answered => _outcomes.Values.Count(outcome => outcome is null);

    /// <summary>How many calls ended without anybody knowing what their server did.</summary>
    public int Failed => _outcomes.Values.Count(outcome => outcome is RpcError.ServerFailed or RpcError.TimedOut);

    /// <summary>Kills a server so many times, each time after some calls, and replaces it.</summary>
    /// <exception cref="LedgerViolationException">A call was seen twice, was answered without having been seen, or was refused although it was
    /// seen.</exception>
    public async Task RunAsync(int rounds)
    {
        await using var redis = await RedisServer.StartAsync("--appendfsync", "no");
        await using var provider = CallServer.Build(redis.Configuration, builder => builder.AddRpcService(CallServer.Service));
        using var end = new CancellationTokenSource();
        var servers = new Queue<(Process Process, Task Reading)>(Enumerable.Range(0, Servers).Select(_ => Start(redis.Configuration)));
        try
        {
            var calling = Enumerable.Range(0, Callers).Select(_ => Task.Run(() => CallAsync(provider.GetRequiredService<IGuestRpc>(), end.Token))).ToArray();
            for (var round = 0; round < rounds; round++)
            {
                for (var count = _random.Next(1, MostAnswered); count > 0; count--) await _answers.Reader.ReadAsync();
                await KillAsync(servers.Dequeue());
                servers.Enqueue(Start(redis.Configuration));
            }

            // Each ends with the call it is in.
            await end.CancelAsync();
            await Task.WhenAll(calling);
        }
        finally
        {
            foreach (var server in servers) await KillAsync(server);
        }

        foreach (var (number, outcome) in _outcomes) Check(number, outcome, _seen.GetValueOrDefault(number));
    }

    private static void Check(long number, RpcError? outcome, int seen)
    {
        if (seen > 1) throw new LedgerViolationException($"Call {number} was seen {seen} times.");
        if (outcome is null && seen == 0) throw new LedgerViolationException($"Call {number} was answered and never seen.");
        if (outcome is RpcError.Refused && seen > 0) throw new LedgerViolationException($"Call {number} was refused and yet seen.");
        if (outcome is not (null or RpcError.Refused or RpcError.ServerFailed or RpcError.TimedOut))
            throw new LedgerViolationException($"Call {number} ended with {outcome}.");
    }

    private static async Task KillAsync((Process Process, Task Reading) server)
    {
        server.Process.Kill();
        await server.Process.WaitForExitAsync();
        await server.Reading;
        server.Process.Dispose();
    }

    private (Process Process, Task Reading) Start(string configuration)
    {
        var process = ChildProcess.Start(typeof(CallServer).Assembly, CallServer.Verb, configuration);
        return (process, ReadAsync(process.StandardOutput));
    }

    private async Task ReadAsync(StreamReader output)
    {
        // A line that was cut off by the kill was not answered, and its number may be another's.
        var rest = new StringBuilder();
        var buffer = new char[4096];
        for (int length; (length = await output.ReadAsync(buffer)) > 0;)
        {
            foreach (var character in buffer.AsSpan(0, length))
            {
                if (character != '\n')
                {
                    rest.Append(character);
                    continue;
                }

                _seen.AddOrUpdate(long.Parse(rest.ToString(), CultureInfo.InvariantCulture), 1, (_, count) => count + 1);
                rest.Clear();
            }
        }
    }

    private async Task CallAsync(IGuestRpc rpc, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            var number = Interlocked.Increment(ref _last);
            var request = Encoding.UTF8.GetBytes(number.ToString(CultureInfo.InvariantCulture));
            var response = new ArrayBufferWriter<byte>();
            try
            {
                await rpc.CallAsync(CallServer.Service, new ReadOnlySequence<byte>(request), response, CancellationToken.None);
                if (!response.WrittenSpan.SequenceEqual(request)) throw new LedgerViolationException($"Call {number} got the answer of another.");
                _outcomes.TryAdd(number, null);
                _answers.Writer.TryWrite(number);
            }
            catch (RpcException exception)
            {
                _outcomes.TryAdd(number, exception.Error);

                // Until the next process has started.
                if (exception.Error == RpcError.Refused) await Task.Delay(10, CancellationToken.None);
            }
        }
    }
}
