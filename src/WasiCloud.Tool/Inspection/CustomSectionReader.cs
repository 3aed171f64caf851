namespace WasiCloud.Tool.Inspection;

/// <summary>Reads what tools leave in custom sections. What is malformed in them does not keep a module from running, so it is left out.</summary>
internal static class CustomSectionReader
{
    private const char Used = '+';

    public static void Read(ByteCursor section, ModuleOutline outline)
    {
        var bytes = section.Remaining;
        var name = section.Name("a custom section's name");
        outline.CustomSections.Add((name, bytes));
        try
        {
            if (name == "name") ReadName(section, outline);
            else if (name == "producers") ReadProducers(section, outline);
            else if (name == "target_features") ReadFeatures(section, outline);
        }
        catch (MalformedModuleException)
        {
            // See above.
        }
    }

    // Subsection 0 is the module's own name; a component's is the same.
    private static void ReadName(ByteCursor section, ModuleOutline outline)
    {
        if (!section.IsAtEnd && section.Byte("a subsection") == 0) outline.Name = section.Part("the module's name").Name("the module's name");
    }

    private static void ReadProducers(ByteCursor section, ModuleOutline outline)
    {
        for (var fields = section.Count("fields"); fields > 0; fields--)
        {
            var field = section.Name("a field");
            for (var values = section.Count("values"); values > 0; values--) outline.Producers.Add((field, section.Name("a tool"), section.Name("a version")));
        }
    }

    private static void ReadFeatures(ByteCursor section, ModuleOutline outline)
    {
        for (var features = section.Count("features"); features > 0; features--)
        {
            var prefix = (char)section.Byte("a prefix");
            var name = section.Name("a feature");
            if (prefix == Used) outline.Features.Add(name);
        }
    }
}
