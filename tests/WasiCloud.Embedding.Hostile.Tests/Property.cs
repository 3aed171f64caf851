using CsCheck;

namespace WasiCloud.Embedding.Hostile.Tests;

/// <summary>Checks a property of generated values, the same in every run.</summary>
internal static class Property
{
    private const int ShrinkingAttempts = 3_000;

    /// <summary>
    /// Tries as many values as it is told. One that fails is made smaller by CsCheck, whose message has the seed and the smallest value it found.
    /// </summary>
    public static async Task HoldsAsync<T>(Gen<T> values, Func<T, Task> property, int count, Func<T, string> print)
    {
        for (var index = 0; index < count; index++)
        {
            var generator = new PCG(Effort.Seed, (ulong)index);
            var seed = generator.ToString();
            var value = values.Generate(generator, null, out _);
            try
            {
                await property(value);
            }
            catch (Exception)
            {
                // CsCheck alone would choose another seed each time.
                await values.SampleAsync(property, seed: seed, iter: ShrinkingAttempts, threads: 1, print: print);
                throw;
            }
        }
    }
}
