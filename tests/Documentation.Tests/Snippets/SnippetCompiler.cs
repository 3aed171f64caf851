using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace WasiCloud.Documentation.Snippets;

/// <summary>Compiles a C# block of a page, in its frame, against the assemblies that these tests run with.</summary>
internal static class SnippetCompiler
{
    private static readonly CSharpParseOptions s_language = new(LanguageVersion.Latest);

    // All assemblies of the shared frameworks and of the packages.
    private static readonly MetadataReference[] s_references =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => !path.EndsWith("Documentation.Tests.dll", StringComparison.Ordinal))
            .Select(path => MetadataReference.CreateFromFile(path))];

    /// <summary>Compiles a block.</summary>
    /// <returns>What the compiler has against it, each with page and line.</returns>
    public static IReadOnlyList<string> Compile(CodeBlock block)
    {
        var tree = CSharpSyntaxTree.ParseText(Frame(block), s_language);
        var compilation = CSharpCompilation.Create(
            "Snippet", [tree], s_references, new(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
        return [.. compilation.GetDiagnostics().Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error).Select(Describe)];
    }

    private static string Describe(Diagnostic diagnostic)
    {
        var position = diagnostic.Location.GetMappedLineSpan();
        return $"{position.Path}:{position.StartLinePosition.Line + 1}: {diagnostic.Id}: " +
            $"{diagnostic.GetMessage(System.Globalization.CultureInfo.InvariantCulture)}";
    }

    // Statements go into a method, types beside it; #line makes the compiler speak of the page.
    private static string Frame(CodeBlock block)
    {
        var root = CSharpSyntaxTree.ParseText(block.Text, s_language).GetCompilationUnitRoot();
        var source = new StringBuilder("#nullable enable\n");
        foreach (var name in SnippetFrame.Usings) source.Append("using ").Append(name).Append(";\n");
        foreach (var directive in root.Usings) Add(directive);
        source.Append("static class ").Append(SnippetFrame.ClassName).Append("\n{\n").Append(SnippetFrame.Members);
        source.Append("\n#pragma warning disable CS1998, CS8321\npublic static async Task RunAsync()\n{\n");
        foreach (var statement in root.Members.OfType<GlobalStatementSyntax>()) Add(statement);
        source.Append("\n}\n}\n");
        foreach (var type in root.Members.Where(member => member is not GlobalStatementSyntax)) Add(type);
        return source.ToString();

        void Add(SyntaxNode node)
        {
            var line = block.Line + node.SyntaxTree.GetLineSpan(node.FullSpan).StartLinePosition.Line;
            source.Append("\n#line ").Append(line).Append(" \"").Append(block.Page).Append("\"\n").Append(node.ToFullString()).Append('\n');
        }
    }
}
