using System.Globalization;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Tests.Authority;

namespace WasiCloud.Embedding.Reliability.Policies;

/// <summary>
/// Guests (<c>guests/c/escape.c</c>), each with a random policy of its own, try random operations on a mount that notes what it is asked for. Each answer must
/// be the model's, and the mount may be asked for nothing that the policy denies.
/// </summary>
/// <param name="seed">What makes policies and operations the same each time.</param>
/// <param name="given">What a guest is given for its policy: another one is found.</param>
internal sealed class PolicyLoad(int seed, Func<GuestPolicy, GuestPolicy?> given)
{
    private const int Callers = 4;
    private const int Tries = 12;

    private static readonly Dictionary<string, Errno> s_errors = new(StringComparer.Ordinal)
    {
        ["OK"] = Errno.Success,
        ["EACCES"] = Errno.Access,
        ["EEXIST"] = Errno.Exist,
        ["EISDIR"] = Errno.IsDir,
        ["ENOENT"] = Errno.NoEnt,
        ["ENOTDIR"] = Errno.NotDir,
        ["EPERM"] = Errno.Perm,
    };

    private static readonly string[] s_operations =
        ["stat", "read", "write", "create", "mkdir", "unlink", "rmdir", "touch", "list", "link", "rename"];

    private long _left;
    private long _allowed;
    private long _refused;
    private long _asked;

    /// <summary>Runs.</summary>
    /// <param name="invocations">How many guests.</param>
    /// <returns>What was seen.</returns>
    /// <exception cref="LedgerViolationException">Something denied was reached, something allowed refused, or the errno was another one.</exception>
    public async Task<string> RunAsync(long invocations)
    {
        _left = invocations;
        var mount = new RecordingMount(PolicyWorld.Root, PolicyWorld.Directories, PolicyWorld.Files, []);
        var services = new ServiceCollection();
        services.AddWasiCloud(options => (options.Execution, options.ModuleCacheFolder) = (TestExecution.Value, null))
            .AddRequestResponseFiles()
            .AddMount(PolicyWorld.Root, FileAccess.ReadWrite, _ => mount);
        await using var provider = services.BuildServiceProvider();
        var host = provider.GetRequiredService<IInvocationHost>();
        using var module = await host.LoadAsync(Path.Combine(AppContext.BaseDirectory, "guests", "escape.wasm"));
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(() => CallAsync(host, module, new Random((seed * Callers) + caller)))));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{invocations} invocations, each with a policy of its own, {TestExecution.Value}, seed {seed}: {_allowed} operations allowed, " +
                $"{_refused} refused, {_asked} asked of the mount: 0 denied ones reached, 0 allowed ones refused");
    }

    private async Task CallAsync(IInvocationHost host, GuestModule module, Random random)
    {
        while (Interlocked.Decrement(ref _left) >= 0)
        {
            var policy = PolicyWorld.GeneratePolicy(random)
                .Allow("/request/body", GuestAccess.Read)
                .Allow("/response/body", GuestAccess.Read | GuestAccess.Write | GuestAccess.Create).Build();
            var world = new PolicyWorld(new PolicyModel(policy.Lines));
            var tries = new StringBuilder();
            for (var count = 0; count < Tries; count++)
            {
                var operation = s_operations[random.Next(s_operations.Length)];
                tries.Append(CultureInfo.InvariantCulture, $"{operation} {PolicyWorld.PickPath(random)} {PolicyWorld.PickPath(random)}\n");
            }

            var asked = new AskedPaths();
            var request = new InvocationRequest { Policy = given(policy), Features = [asked] }.WithBody(tries.ToString());
            await using var response = await host.InvokeAsync(module, request);
            Check(await response.ReadAsStringAsync(), world, asked, policy);
            await response.Completion;
        }
    }

    private void Check(string told, PolicyWorld world, AskedPaths asked, GuestPolicy policy)
    {
        var lines = told.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (lines.Length != Tries) throw new LedgerViolationException($"{lines.Length} of {Tries} operations were told:\n{told}under\n{policy}");
        foreach (var line in lines) Check(line, world, policy);
        foreach (var (operation, path) in asked)
        {
            if (!world.MayAsk(operation, path)) throw new LedgerViolationException($"{operation} {path} was asked of the mount under\n{policy}");
        }

        Interlocked.Add(ref _asked, asked.Count);
    }

    private void Check(string line, PolicyWorld world, GuestPolicy policy)
    {
        var words = line.Split(' ');
        var (path, other) = (words[1], words[2].TrimEnd(':'));
        var expected = words[0] switch
        {
            "stat" => world.Status(path),
            "read" => world.Open(path, GuestAccess.Read),
            "write" => world.Open(path, GuestAccess.Write),
            "create" => world.Create(path, GuestAccess.Write),
            "mkdir" => world.MakeDirectory(path),
            "unlink" or "rmdir" => world.Remove(path),
            "touch" => world.SetTimes(path),
            "list" => world.List(path),
            "link" => world.Link(path, other),
            _ => world.Rename(path, other),
        };
        if (!s_errors.TryGetValue(words[^1], out var found) || found != expected)
            throw new LedgerViolationException($"{line} where {expected} was to be expected under\n{policy}");
        Interlocked.Increment(ref expected == Errno.Success ? ref _allowed : ref _refused);
    }
}
