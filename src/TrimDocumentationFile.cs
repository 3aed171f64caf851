using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Removes from a file of XML documentation what is not of the public API. A task of the build (Directory.Build.targets), compiled there; no part of a library.
/// </summary>
public sealed class TrimDocumentationFile : Task
{
    private static readonly Regex s_modifiers = new Regex("^(~|static |abstract |virtual |override |readonly |const )*");

    /// <summary>The file, which is written in place.</summary>
    [Required]
    public string Documentation { get; set; }

    /// <summary>The lists of the public API, as Microsoft.CodeAnalysis.PublicApiAnalyzers keeps them.</summary>
    [Required]
    public string[] PublicApi { get; set; }

    /// <inheritdoc />
    public override bool Execute()
    {
        var isPublic = new HashSet<string>(PublicApi.SelectMany(File.ReadLines).Select(NameOfApi));
        var document = XDocument.Load(Documentation, LoadOptions.PreserveWhitespace);
        foreach (var member in document.Descendants("member").ToArray())
        {
            if (isPublic.Contains(NameOfMember((string)member.Attribute("name")))) continue;
            if (member.PreviousNode is XText space) space.Remove();
            member.Remove();
        }

        document.Save(Documentation);
        return true;
    }

    // "static N.Type<T>.Member(int a) -> void", "N.Type.Property.get -> int", "N.Enumeration.Value = 1 -> N.Enumeration"
    private static string NameOfApi(string line)
    {
        var name = s_modifiers.Replace(line, string.Empty);
        if (name.Contains(" operator ") || name.Contains(".operator "))
            return Regex.Replace(WithoutTypeArguments(name.Substring(0, name.IndexOf("operator", StringComparison.Ordinal))), "^(implicit |explicit )",
                string.Empty) + "operator";
        name = WithoutTypeArguments(name);
        name = Regex.Split(name, @" -> | = |\(|\[")[0];
        return Regex.Replace(name, @"\.(get|set|init|add|remove)$", string.Empty).Trim();
    }

    // "M:N.Type`1.Member``1(System.Int32)"
    private static string NameOfMember(string id)
    {
        var name = Regex.Replace(id.Substring(2).Split('(')[0], "`+[0-9]+", string.Empty);
        if (name.EndsWith(".#ctor", StringComparison.Ordinal))
        {
            var type = name.Substring(0, name.Length - ".#ctor".Length);
            return type + "." + type.Substring(type.LastIndexOf('.') + 1);
        }

        name = Regex.Replace(name, @"\.op_\w+$", ".operator");
        return id[0] == 'P' && name.EndsWith(".Item", StringComparison.Ordinal) ? name.Substring(0, name.Length - "Item".Length) + "this" : name;
    }

    private static string WithoutTypeArguments(string name)
    {
        for (string shorter; (shorter = Regex.Replace(name, "<[^<>]*>", string.Empty)) != name; name = shorter)
        {
        }

        return name;
    }
}
