using System.Collections.Immutable;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using Xunit;

namespace WasiCloud.Embedding.Tests;

/// <summary>
/// Asserts docs/architecture.md, "nothing points up", from what the compiled types refer to: signatures, fields, and the instructions of every method.
/// </summary>
public class LayeringTests
{
    private const string Root = "WasiCloud.Embedding";

    // Below all others, which may see it without being listed.
    private const string Text = "Text";

    // Layer -> the layers that it may see besides itself. "" is the contract in the root namespace; a layer includes its sub-namespaces that are not listed.
    private static readonly Dictionary<string, string[]> s_allowed = new(StringComparer.Ordinal)
    {
        [Text] = [],
        ["Linux"] = [],
        [""] = ["HostCalls", "FileSystem", "KeyValue"],
        ["FileSystem"] = [],
        ["Waiting"] = [],
        ["Pipes"] = ["FileSystem"],
        ["Mounts.Nodes"] = ["Pipes", "FileSystem", ""],
        ["Mounts"] = ["Mounts.Nodes", "FileSystem", "Linux", "Waiting", ""],
        ["KeyValue"] = [""],
        ["KeyValue.Memory"] = ["KeyValue", ""],
        ["KeyValue.Locks"] = ["KeyValue", ""],
        ["KeyValue.Quota"] = ["KeyValue", "KeyValue.Memory", "FileSystem", ""],
        ["KeyValue.Files"] = ["KeyValue", "KeyValue.Locks", "KeyValue.Memory", "KeyValue.Quota", "Mounts.Nodes", "FileSystem", ""],
        ["KeyValue.Setup"] = ["KeyValue", "KeyValue.Files", "KeyValue.Memory", "KeyValue.Quota", "FileSystem", ""],
        ["Rpc"] = ["Waiting", "FileSystem", ""],
        ["Rpc.Files"] = ["Rpc", "Mounts.Nodes", "Waiting", "FileSystem", ""],
        ["Rpc.Setup"] = ["Rpc", "Rpc.Files", "FileSystem", "Hosting", ""],
        ["Topics"] = ["Waiting", ""],
        ["Topics.Files"] = ["Topics", "Mounts.Nodes", "Waiting", "FileSystem", ""],
        ["Topics.Setup"] = ["Topics", "Topics.Files", "FileSystem", ""],
        ["Http.Exchange"] = ["Descriptors", "Pipes", "Waiting", "FileSystem", ""],
        ["Http.Files"] = ["Http.Exchange", "Mounts.Nodes", "Pipes", "FileSystem", ""],
        ["Http.Sockets"] = ["Http.Exchange", "Descriptors", "Mounts.Nodes", "Pipes", "Waiting", "FileSystem", ""],
        ["Http.Queue"] = ["Http.Exchange", "Http.Files", "Mounts.Nodes", "Waiting", "FileSystem", ""],
        ["Http.Cgi"] = ["Http.Exchange", "Http.Files", "Mounts.Nodes", "Pipes", "FileSystem", ""],
        ["Connections"] = ["Pipes", "Http.Exchange", "Waiting", "FileSystem", ""],
        ["Connections.Files"] = ["Connections", "Mounts.Nodes", "Pipes", "FileSystem", ""],
        ["Descriptors"] = ["FileSystem"],
        ["HostCalls"] = ["FileSystem"],
        ["Guests"] = ["Descriptors", "FileSystem", ""],
        ["Preview1"] = ["Guests", "HostCalls", "Descriptors", "FileSystem"],
        ["Engine.Interop"] = ["Linux"],
        ["Engine"] = ["Engine.Interop", "HostCalls", "Waiting", "FileSystem", ""],
        ["Hosting"] =
        [
            "Engine", "Preview1", "Guests", "HostCalls", "Descriptors", "Mounts", "Mounts.Nodes", "Pipes", "Http.Exchange", "Http.Files", "Http.Sockets",
            "Http.Queue", "Http.Cgi", "Connections", "Connections.Files", "KeyValue", "Rpc", "Rpc.Files", "Topics", "Topics.Files", "Waiting", "FileSystem", "",
        ],
    };

    [Fact]
    public void Core_EveryReference_PointsDown() => Violations(s_allowed).Should().BeEmpty();

    [Fact]
    public void Core_EveryNamespace_IsALayer() =>
        TypeReferences.Of(typeof(Errno).Assembly.Location).Select(reference => reference.FromNamespace).Distinct(StringComparer.Ordinal)
            .Where(name => IsOurs(name) && LayerOf(name) is null).Should().BeEmpty();

    [Theory]
    [InlineData("Preview1", "Descriptors")]
    [InlineData("Descriptors", "FileSystem")]
    [InlineData("Mounts", "FileSystem")]
    public void Core_ReferenceThatIsNotAllowed_IsFound(string from, string to)
    {
        var stricter = s_allowed.ToDictionary(
            layer => layer.Key, layer => layer.Key == from ? layer.Value.Where(seen => seen != to).ToArray() : layer.Value, StringComparer.Ordinal);
        Violations(stricter).Should().NotBeEmpty().And.OnlyContain(violation => violation.Contains($"({from} -> {to})"));
    }

    [Fact]
    public void TypeReferences_OnlyInAMethodBody_AreFound()
    {
        var names = TypeReferences.Of(typeof(Sample).Assembly.Location)
            .Where(reference => reference.From.StartsWith("LayeringTests.Sample", StringComparison.Ordinal)).Select(reference => reference.To).ToList();
        names.Should().Contain(["LayeringTests.Called", "LayeringTests.Argument", "LayeringTests.Awaited"]);
    }

    private static IEnumerable<string> Violations(Dictionary<string, string[]> allowed) =>
        from reference in TypeReferences.Of(typeof(Errno).Assembly.Location)
        where IsOurs(reference.FromNamespace) && IsOurs(reference.ToNamespace)
        let upper = LayerOf(reference.FromNamespace)
        let lower = LayerOf(reference.ToNamespace)
        where upper is not null && upper != lower && lower != Text && !allowed[upper].Contains(lower, StringComparer.Ordinal)
        select $"{reference.From} refers to {reference.To} ({upper} -> {lower})";

    private static bool IsOurs(string name) => name == Root || name.StartsWith(Root + ".", StringComparison.Ordinal);

    // The longest listed name that is the namespace or contains it; the root has no sub-namespaces of its own.
    private static string? LayerOf(string name)
    {
        if (name == Root) return "";
        var relative = name[(Root.Length + 1)..];
        return s_allowed.Keys.Where(layer => layer.Length > 0 && (relative + ".").StartsWith(layer + ".", StringComparison.Ordinal))
            .MaxBy(layer => layer.Length);
    }

    private static class Called
    {
        public static object? Do<T>(T value) => value;
    }

    private sealed class Argument;

    private sealed class Awaited;

    private sealed class Sample
    {
        public static object? Generic() => Called.Do<Argument?>(null);

        public static async Task<object> InAStateMachine()
        {
            await Task.Yield();
            return new Awaited();
        }
    }
}

/// <summary>Reads which types of one assembly refer to which others of it.</summary>
internal sealed class TypeReferences : ISignatureTypeProvider<bool, object?>
{
    private static readonly Dictionary<ushort, OperandType> s_operands = typeof(OpCodes).GetFields()
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => (ushort)code.Value, code => code.OperandType);

    private readonly HashSet<TypeDefinitionHandle> _seen = [];
    private readonly MetadataReader _reader;

    private TypeReferences(MetadataReader reader) => _reader = reader;

    public static IReadOnlyList<(string From, string FromNamespace, string To, string ToNamespace)> Of(string path)
    {
        using var file = new PEReader(File.OpenRead(path));
        var reader = file.GetMetadataReader();
        var references = new List<(string, string, string, string)>();
        foreach (var handle in reader.TypeDefinitions)
        {
            var scan = new TypeReferences(reader);
            scan.AddType(file, reader.GetTypeDefinition(handle));
            var (from, fromNamespace) = Name(reader, handle);
            foreach (var seen in scan._seen)
            {
                var (to, toNamespace) = Name(reader, seen);
                references.Add((from, fromNamespace, to, toNamespace));
            }
        }

        return references;
    }

    // A nested type, and so a state machine, is in the namespace of the type around it.
    private static (string Name, string Namespace) Name(MetadataReader reader, TypeDefinitionHandle handle)
    {
        var type = reader.GetTypeDefinition(handle);
        var name = reader.GetString(type.Name);
        if (type.GetDeclaringType().IsNil) return (name, reader.GetString(type.Namespace));
        var outer = Name(reader, type.GetDeclaringType());
        return ($"{outer.Name}.{name}", outer.Namespace);
    }

    private void AddType(PEReader file, TypeDefinition type)
    {
        Add(type.BaseType);
        foreach (var implemented in type.GetInterfaceImplementations()) Add(_reader.GetInterfaceImplementation(implemented).Interface);
        foreach (var parameter in type.GetGenericParameters()) AddConstraints(parameter);
        foreach (var field in type.GetFields()) _reader.GetFieldDefinition(field).DecodeSignature(this, null);
        foreach (var attribute in type.GetCustomAttributes()) Add(_reader.GetCustomAttribute(attribute).Constructor);
        foreach (var handle in type.GetMethods())
        {
            var method = _reader.GetMethodDefinition(handle);
            method.DecodeSignature(this, null);
            foreach (var parameter in method.GetGenericParameters()) AddConstraints(parameter);
            if (method.RelativeVirtualAddress != 0) AddBody(file.GetMethodBody(method.RelativeVirtualAddress));
        }
    }

    private void AddConstraints(GenericParameterHandle handle)
    {
        foreach (var constraint in _reader.GetGenericParameter(handle).GetConstraints()) Add(_reader.GetGenericParameterConstraint(constraint).Type);
    }

    private void AddBody(MethodBodyBlock body)
    {
        if (!body.LocalSignature.IsNil) _reader.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(this, null);
        foreach (var region in body.ExceptionRegions) Add(region.CatchType);
        var code = body.GetILReader();
        while (code.RemainingBytes > 0)
        {
            ushort operation = code.ReadByte();
            if (operation == 0xFE) operation = (ushort)(0xFE00 | code.ReadByte());
            switch (s_operands[operation])
            {
                case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType:
                    Add(MetadataTokens.EntityHandle(code.ReadInt32()));
                    break;
                case OperandType.InlineSwitch:
                    var targets = code.ReadInt32();
                    code.Offset += targets * sizeof(int);
                    break;
                default:
                    code.Offset += SizeOf(s_operands[operation]);
                    break;
            }
        }
    }

    private static int SizeOf(OperandType operand) => operand switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        _ => 4,
    };

    private void Add(EntityHandle handle)
    {
        if (handle.IsNil) return;
        switch (handle.Kind)
        {
            case HandleKind.TypeDefinition:
                _seen.Add((TypeDefinitionHandle)handle);
                break;
            case HandleKind.TypeSpecification:
                _reader.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(this, null);
                break;
            case HandleKind.FieldDefinition:
                var field = _reader.GetFieldDefinition((FieldDefinitionHandle)handle);
                _seen.Add(field.GetDeclaringType());
                field.DecodeSignature(this, null);
                break;
            case HandleKind.MethodDefinition:
                var method = _reader.GetMethodDefinition((MethodDefinitionHandle)handle);
                _seen.Add(method.GetDeclaringType());
                method.DecodeSignature(this, null);
                break;
            case HandleKind.MethodSpecification:
                var generic = _reader.GetMethodSpecification((MethodSpecificationHandle)handle);
                generic.DecodeSignature(this, null);
                Add(generic.Method);
                break;
            case HandleKind.MemberReference:
                Add(_reader.GetMemberReference((MemberReferenceHandle)handle).Parent);
                break;
        }
    }

    public bool GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => _seen.Add(handle);

    public bool GetTypeFromSpecification(MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
        reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

    public bool GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) => false;

    public bool GetArrayType(bool elementType, ArrayShape shape) => false;

    public bool GetByReferenceType(bool elementType) => false;

    public bool GetFunctionPointerType(MethodSignature<bool> signature) => false;

    public bool GetGenericInstantiation(bool genericType, ImmutableArray<bool> typeArguments) => false;

    public bool GetGenericMethodParameter(object? genericContext, int index) => false;

    public bool GetGenericTypeParameter(object? genericContext, int index) => false;

    public bool GetModifiedType(bool modifier, bool unmodifiedType, bool isRequired) => false;

    public bool GetPinnedType(bool elementType) => false;

    public bool GetPointerType(bool elementType) => false;

    public bool GetPrimitiveType(PrimitiveTypeCode typeCode) => false;

    public bool GetSZArrayType(bool elementType) => false;
}
