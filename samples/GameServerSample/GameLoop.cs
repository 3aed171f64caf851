using System.Buffers;
using System.Buffers.Binary;
using WasiCloud.Embedding;
using WasiCloud.Embedding.Rpc;

namespace GameServerSample;

/// <summary>The game: a field, creatures on it, and a step in which each has its turn. Everything but the loading of modules is on one thread.</summary>
internal sealed class GameLoop : IAsyncDisposable
{
    /// <summary>The service by which creatures move.</summary>
    public const string Move = "move";

    /// <summary>What a creature may burn in one tick.</summary>
    public const long FuelPerTick = 100_000;

    /// <summary>How many creatures get a changed module in one step, so that no step takes long.</summary>
    public const int ReplacementsPerStep = 50;

    private const int FieldSize = 1000;

    private readonly IInvocationHost _host;
    private readonly Creature[] _creatures;
    private readonly List<GuestModule> _retired = [];
    private GuestModule _module;

    /// <summary>Makes a game, without guests.</summary>
    /// <param name="host">Runs the guests.</param>
    /// <param name="module">What they are.</param>
    /// <param name="count">How many creatures there are.</param>
    /// <param name="runaways">How many of them misbehave.</param>
    public GameLoop(IInvocationHost host, GuestModule module, int count, int runaways)
    {
        (_host, _module) = (host, module);
        _creatures = [.. Enumerable.Range(0, count)
            .Select(number => new Creature(number) { X = FieldSize / 2, Y = FieldSize / 2, IsRunaway = number < runaways })];
    }

    public IReadOnlyList<Creature> Creatures => _creatures;

    /// <summary>How many guests were ended because they failed.</summary>
    public int Failures { get; private set; }

    /// <summary>How many guests were replaced because their module had changed.</summary>
    public int Replacements { get; private set; }

    /// <summary>Answers a creature: two steps, as little-endian integers, for two coordinates.</summary>
    public static ValueTask HandleMove(RpcRequest request, IBufferWriter<byte> response, CancellationToken cancellationToken)
    {
        Span<byte> message = stackalloc byte[8];
        if (request.Caller?.GetFeature<Creature>() is not { } creature || request.Payload.Length != message.Length) throw new RpcException(RpcError.BadRequest);
        request.Payload.CopyTo(message);
        creature.X = Step(creature.X, BinaryPrimitives.ReadInt32LittleEndian(message));
        creature.Y = Step(creature.Y, BinaryPrimitives.ReadInt32LittleEndian(message[4..]));
        creature.Moves++;
        BinaryPrimitives.WriteInt32LittleEndian(message, creature.X);
        BinaryPrimitives.WriteInt32LittleEndian(message[4..], creature.Y);
        response.Write(message);
        return default;
    }

    /// <summary>From now on, guests are of another module: those that live are replaced step by step.</summary>
    public void Use(GuestModule module)
    {
        _retired.Add(_module);
        _module = module;
    }

    /// <summary>Gives each creature its turn.</summary>
    public async ValueTask StepAsync()
    {
        var replacements = 0;
        foreach (var creature in _creatures)
        {
            var isOld = creature.Guest is { } guest && guest.Module != _module;
            if (isOld && replacements < ReplacementsPerStep)
            {
                replacements++;
                await EndAsync(creature);
            }

            if (creature.Guest is null) await StartAsync(creature);
            if (!TryTick(creature)) await EndAsync(creature);
        }

        Replacements += replacements;
        RetireUnused();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var creature in _creatures) await EndAsync(creature);
        RetireUnused();
        _module.Dispose();
    }

    // One step, and never off the field.
    private static int Step(int position, int step) => Math.Clamp(position + Math.Clamp(step, -1, 1), 0, FieldSize - 1);

    private static async ValueTask EndAsync(Creature creature)
    {
        if (creature.Guest is not { } guest) return;
        (creature.Guest, creature.Tick) = (null, null);
        await guest.DisposeAsync();
    }

    private async ValueTask StartAsync(Creature creature)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        if (creature.IsRunaway) environment["CREATURE"] = "runaway";
        creature.Guest = await _host.StartAsync(_module, new InvocationRequest { Features = [creature], Environment = environment });
        creature.Tick = creature.Guest.GetFunction<int>("tick");
    }

    // A guest that fails, or burns more than it may, is ended; the creature gets another one with the next step.
    private bool TryTick(Creature creature)
    {
        try
        {
            if (creature.Tick!.Call(new GuestCallOptions { Fuel = FuelPerTick }) > 0) return true;
        }
        catch (GuestException)
        {
            // Counted below.
        }

        Failures++;
        return false;
    }

    private void RetireUnused()
    {
        foreach (var module in _retired.Where(module => Array.TrueForAll(_creatures, creature => creature.Guest?.Module != module)).ToList())
        {
            _retired.Remove(module);
            module.Dispose();
        }
    }
}
