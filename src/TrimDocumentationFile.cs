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

    /// <summary>The files, which are written in place.</summary>
    [Required]
    public string[] Documentation { get; set; }

    /// <summary>The lists of the public API, as Microsoft.CodeAnalysis.PublicApiAnalyzers keeps them.</summary>
    [Required]
    public string[] PublicApi { get; set; }

    /// <inheritdoc />
    public override bool Execute()
    {
        var isPublic = new HashSet<string>(PublicApi.SelectMany(File.ReadLines).Select(NameOfApi));
        foreach (var path in Documentation.Where(File.Exists)) Trim(path, isPublic);
        return true;
    }

    private static void Trim(string path, HashSet<string> isPublic)
    {
        var document = XDocument.Load(path, LoadOptions.PreserveWhitespace);
        foreach (var member in document.Descendants("member").ToArray())
        {
            if (isPublic.Contains(NameOfMember((string)member.Attribute("name")))) continue;
            if (member.PreviousNode is XText space) space.Remove();
            member.Remove();
        }

        document.Save(path);
    }

    // "static N.Type<T>.Member(int a) -> void", "N.Type.Property.get -> int", "N.Enumeration.Value = 1 -> N.Enumeration"
    private static string NameOfApi(string line)
    {
        var name = s_modifiers.Replace(line, string.Empty);
        if (name.Contains(" operator ") || name.Contains(".operator "))
            return Regex.Replace(WithoutTypeArguments(name.Substring(0, name.IndexOf("operator", StringComparison.Ordinal))), "^(implicit |explicit )",
                string.Empty) + "operator";
        name = WithoutTypeArguments(name);
        var end = Regex.Match(name, @" -> | = |\(|\[");
        var parameters = end.Value == "(" ? WithCount(name.Substring(end.Index + 1, name.LastIndexOf(')') - end.Index - 1)) : string.Empty;
        return Regex.Replace(end.Success ? name.Substring(0, end.Index) : name, @"\.(get|set|init|add|remove)$", string.Empty).Trim() + parameters;
    }

    // "M:N.Type`1.Member``1(System.Int32)"
    private static string NameOfMember(string id)
    {
        var parts = id.Substring(2).Split(new[] { '(' }, 2);
        var name = Regex.Replace(parts[0], "`+[0-9]+", string.Empty);
        if (Regex.IsMatch(name, @"\.op_\w+$")) return Regex.Replace(name, @"\.op_\w+$", ".operator");
        if (id[0] == 'P') return Regex.Replace(name, @"\.Item$", ".this");
        if (id[0] != 'M') return name;
        if (name.EndsWith(".#ctor", StringComparison.Ordinal))
        {
            var type = name.Substring(0, name.Length - ".#ctor".Length);
            name = type + "." + type.Substring(type.LastIndexOf('.') + 1);
        }

        return name + WithCount(parts.Length == 1
            ? string.Empty
            : Regex.Replace(parts[1].Substring(0, parts[1].LastIndexOf(')')), @"\{[^{}]*(\{[^{}]*\}[^{}]*)*\}", string.Empty));
    }

    // Overloads differ in how many parameters they have; where they do not, all are kept.
    private static string WithCount(string parameters)
    {
        for (string shorter; (shorter = Regex.Replace(parameters, @"\([^()]*\)|\[[^\[\]]*\]", string.Empty)) != parameters; parameters = shorter)
        {
        }

        return "/" + (parameters.Trim().Length == 0 ? 0 : parameters.Split(',').Length);
    }

    private static string WithoutTypeArguments(string name)
    {
        for (string shorter; (shorter = Regex.Replace(name, "<[^<>]*>", string.Empty)) != name; name = shorter)
        {
        }

        return name;
    }
}
