namespace WasiCloud.Embedding.Tests.Http.Exchange.Grammar;

/// <summary>What tests of a grammar share: choices, and texts in which one byte is another, one too many or missing. A character is a byte.</summary>
internal static class Mutations
{
    public static string Pick(Random random, params string[] choices) => choices[random.Next(choices.Length)];

    /// <summary>At each byte of a text: without it, with another before it, with another instead of it.</summary>
    public static IEnumerable<string> Of(string text, Random random, string others)
    {
        for (var index = 0; index < text.Length; index++)
        {
            var other = others[random.Next(others.Length)].ToString();
            yield return text.Remove(index, 1);
            yield return text.Insert(index, other);
            yield return text.Remove(index, 1).Insert(index, other);
        }
    }
}
