using System.Globalization;
using WasiCloud.Embedding.Fuzz.Modules;

namespace WasiCloud.Embedding.Fuzz;

/// <summary>Inputs in a folder: <c>imports/</c> are programs of host calls, <c>module/</c> are modules.</summary>
internal static class Corpus
{
    private const int Programs = 40;

    private static readonly string[] s_targets = ["imports", "module"];

    /// <summary>Runs every input.</summary>
    /// <returns>How many there were.</returns>
    public static async Task<int> ReplayAsync(string folder)
    {
        await using var targets = new FuzzTargets();
        var count = 0;
        foreach (var name in s_targets)
        {
            if (!targets.TryFind(name, out var target)) throw new InvalidOperationException(name);
            foreach (var path in Directory.GetFiles(Path.Combine(folder, name)).Order(StringComparer.Ordinal))
            {
                await target(await File.ReadAllBytesAsync(path));
                count++;
            }
        }

        return count;
    }

    /// <summary>Writes the seeds: random programs, and one small module of every kind.</summary>
    public static async Task RecordAsync(string folder)
    {
        foreach (var name in s_targets) Directory.CreateDirectory(Path.Combine(folder, name));
        var random = new Random(1);
        for (var index = 0; index < Programs; index++)
        {
            var program = new byte[random.Next(50, 400)];
            random.NextBytes(program);

            // The header's low bits choose the memory: most of the seeds have a page.
            program[0] = (byte)((index << 5) | ((index & 1) << 4) | (index % 5 == 0 ? index % 16 : 7));
            await File.WriteAllBytesAsync(Path.Combine(folder, "imports", index.ToString("d2", CultureInfo.InvariantCulture)), program);
        }

        foreach (var (adversary, index) in Adversaries.All.Select((adversary, index) => (adversary, index)))
        {
            var wasm = adversary.Create(new Random(1));
            if (wasm.Length < 1_000) await File.WriteAllBytesAsync(Path.Combine(folder, "module", index.ToString("d3", CultureInfo.InvariantCulture)), wasm);
        }
    }
}
