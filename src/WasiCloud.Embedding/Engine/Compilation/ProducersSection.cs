using WasiCloud.Embedding.Wasm;

namespace WasiCloud.Embedding.Engine.Compilation;

/// <summary>
/// Looks into a module's <c>producers</c> section (WebAssembly tool conventions): what made it. It says what its maker wants, and nothing may depend
/// on it but convenience.
/// </summary>
internal static class ProducersSection
{
    /// <summary>Whether Go made the module.</summary>
    public static bool SaysGo(ReadOnlySpan<byte> wasm)
    {
        var module = new BinaryCursor(wasm, BinaryHeader.Length);
        while (module.TryReadSection(out var id, out var section))
        {
            if (id == SectionId.Custom && section.Text().SequenceEqual("producers"u8)) return IsGo(ref section);
        }

        return false;
    }

    private static bool IsGo(ref BinaryCursor section)
    {
        for (var fields = section.U32(); fields > 0 && !section.HasFailed; fields--)
        {
            var isLanguage = section.Text().SequenceEqual("language"u8);
            for (var values = section.U32(); values > 0 && !section.HasFailed; values--)
            {
                if (section.Text().SequenceEqual("Go"u8) && isLanguage) return true;
                section.Text();
            }
        }

        return false;
    }
}
