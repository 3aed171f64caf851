using System.Reflection;
using System.Runtime.CompilerServices;
using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Tests.Layering;
using Xunit;

namespace WasiCloud.Embedding.Tests;

/// <summary>
/// Asserts docs/architecture.md, "nothing points up", from what the compiled types refer to: signatures, fields, and the instructions of every method; and
/// that no type is handed on without being named.
/// </summary>
public class LayeringTests
{
    private const string Root = "WasiCloud.Embedding";
    private const string Extensions = "Microsoft.Extensions.DependencyInjection";

    // Below all others, which may see it without being listed.
    private const string Text = "Text";

    // Layer -> what it may see besides itself: a layer, or one type of it. "" is the contract in the root namespace; a layer includes its sub-namespaces that
    // are not listed.
    private static readonly Dictionary<string, string[]> s_allowed = new(StringComparer.Ordinal)
    {
        [Text] = [],
        ["Linux"] = [],
        [""] = ["HostCalls", "Authority", "FileSystem"],
        ["Authority"] = [],
        ["FileSystem"] = ["Authority"],
        ["Waiting"] = [],
        ["Wasm"] = [],
        ["Pipes"] = ["FileSystem"],
        ["Mounts.Nodes"] = ["Pipes", "FileSystem"],
        ["Mounts"] = ["Authority", "FileSystem", "Linux", "Mounts.Nodes.EmptyDirectory", ""],
        ["KeyValue"] = ["TenantName", "GuestLimit", "GuestLimitMeter"],
        ["KeyValue.Memory"] = ["KeyValue", "Waiting"],
        ["KeyValue.Locks"] = ["KeyValue"],
        ["KeyValue.Quota"] = ["KeyValue", "KeyValue.Memory", "FileSystem"],
        ["KeyValue.Files"] = ["KeyValue", "KeyValue.Locks", "KeyValue.Memory", "KeyValue.Quota", "Authority", "FileSystem", ""],
        ["KeyValue.Setup"] = ["KeyValue", "KeyValue.Files", "KeyValue.Memory", "FileSystem", "Hosting.RegistrationServiceCollectionExtensions", ""],
        ["Rpc"] = ["Waiting", "FileSystem.InvocationContext", ""],
        ["Rpc.Files"] = ["Rpc", "Waiting", "FileSystem"],
        ["Rpc.Setup"] =
        [
            "Rpc", "Rpc.Files", "FileSystem", "Hosting.ServiceName", "Hosting.RegistrationServiceCollectionExtensions",
            "Hosting.WasiCloudServiceCollectionExtensions", "",
        ],
        ["Topics"] = ["Waiting", "FileSystem.InvocationContext", "TenantName"],
        ["Topics.Files"] = ["Topics", "Mounts.Nodes", "Waiting", "FileSystem"],
        ["Topics.Setup"] =
        [
            "Topics", "Topics.Files", "FileSystem", "Hosting.ServiceName", "Hosting.RegistrationServiceCollectionExtensions",
            "Hosting.WasiCloudServiceCollectionExtensions", "",
        ],
        ["Authority.Audit"] = ["Authority", "FileSystem.InvocationContext", ""],
        ["Secrets"] = ["Mounts.ConfinedFile", "FileSystem"],
        ["Secrets.Files"] = ["Secrets", "Authority", "Authority.Audit", "FileSystem"],
        ["Secrets.Setup"] =
        [
            "Secrets", "Secrets.Files", "Authority.Audit", "FileSystem", "Hosting.WasiCloudServiceCollectionExtensions", "",
        ],
        ["Http.Exchange"] = ["Descriptors", "Pipes", "Waiting", "FileSystem", ""],
        ["Http.Files"] = ["Http.Exchange", "Mounts.Nodes", "Pipes", "FileSystem", ""],
        ["Http.Sockets"] = ["Http.Exchange", "Descriptors", "Mounts.Nodes", "Pipes", "Waiting", "FileSystem", ""],
        ["Http.Queue"] = ["Http.Exchange", "Http.Files", "Mounts.Nodes", "Waiting", "FileSystem", ""],
        ["Http.Cgi"] = ["Http.Exchange", "Http.Files", "Mounts.Nodes", "Pipes", "FileSystem", ""],
        ["Connections"] = ["Pipes", "Waiting", "FileSystem", ""],
        ["Connections.Files"] = ["Connections", "Mounts.Nodes", "Pipes", "FileSystem"],
        ["Descriptors"] = ["Authority", "FileSystem"],
        ["HostCalls"] = ["FileSystem"],
        ["Guests"] = ["Descriptors", "FileSystem", ""],
        ["Preview1"] = ["Guests", "HostCalls", "Descriptors", "Authority", "FileSystem"],
        ["Engine.Interop"] = ["Linux"],
        ["Engine"] = ["Engine.Interop", "Wasm", "HostCalls", "Waiting", "Authority", "FileSystem", ""],
        ["Hosting"] =
        [
            "Engine", "Preview1", "Guests", "HostCalls", "Descriptors", "Mounts", "Mounts.Nodes", "Pipes", "Http.Exchange", "Http.Files", "Http.Sockets",
            "Http.Queue", "Http.Cgi", "Connections", "Connections.Files", "KeyValue.Setup", "Waiting", "Authority", "Authority.Audit", "FileSystem", "",
        ],
    };

    // Extension methods stand in the namespace of what they extend, and are of these layers.
    private static readonly Dictionary<string, string> s_extensions = new(StringComparer.Ordinal)
    {
        ["KeyValueHealthChecksBuilderExtensions"] = "KeyValue.Setup",
        ["KeyValueScopeBuilderExtensions"] = "KeyValue.Setup",
        ["MemoryKeyValueScopeBuilderExtensions"] = "KeyValue.Setup",
        ["RpcBuilderExtensions"] = "Rpc.Setup",
        ["TopicBuilderExtensions"] = "Topics.Setup",
        ["SecretBuilderExtensions"] = "Secrets.Setup",
        ["GuestDaemonServiceCollectionExtensions"] = "Hosting",
        ["RegistrationServiceCollectionExtensions"] = "Hosting",
        ["CallerActionBuilderExtensions"] = "Hosting",
        ["CallerImportBuilderExtensions"] = "Hosting",
        ["ImportBuilderExtensions"] = "Hosting",
        ["ModuleStoreBuilderExtensions"] = "Hosting",
        ["TypedActionBuilderExtensions"] = "Hosting",
        ["TypedImportBuilderExtensions"] = "Hosting",
        ["WaitingActionBuilderExtensions"] = "Hosting",
        ["WaitingImportBuilderExtensions"] = "Hosting",
        ["WasiCloudHealthChecksBuilderExtensions"] = "Hosting",
        ["WasiCloudServiceCollectionExtensions"] = "Hosting",
    };

    // What is an object, and so could be anything of any layer: what applications attach and pass on, and nothing of ours.
    private static readonly string[] s_objects =
    [
        "InvocationContext._first", "InvocationContext._others", "InvocationContext.AddFeature",
        "InvocationRequest.Features", "GuestDaemonOptions.Features",
        "WasiCloudServiceCollectionExtensions.AddMount", "ActivatedMount`1.Arguments", "ActivatedMount`1.Deconstruct", "ActivatedMount`1..ctor",

        // These look at one, and keep nothing.
        "FunctionEquality.AreSame", "OptionProblems.Require", "ImportRegistration.Add",
    ];

    private static readonly string[] s_measuring =
        ["WasiCloud.Embedding.Benchmarks", "WasiCloud.Embedding.Fuzz", "WasiCloud.Embedding.Soak", "WasiCloud.Embedding.TestSupport"];

    private static readonly Assembly s_core = typeof(Errno).Assembly;

    private static readonly TypeReference[] s_references =
        [.. TypeReferences.Of(s_core.Location).Where(reference => IsCore(reference.FromNamespace) && IsCore(reference.ToNamespace))];

    [Fact]
    public void Core_EveryReference_PointsDown() => Violations(s_allowed).Should().BeEmpty();

    [Fact]
    public void Core_EveryType_IsOfALayer() =>
        s_references.Where(reference => Upper(reference) is null).Select(reference => $"{reference.FromNamespace}.{reference.From}")
            .Distinct(StringComparer.Ordinal)
            .Should().BeEmpty();

    [Fact]
    public void Core_EveryLayer_HasTypes() => s_allowed.Keys.Except(s_references.Select(Upper), StringComparer.Ordinal).Should().BeEmpty();

    [Fact]
    public void Core_EveryAllowance_IsUsed()
    {
        var used = s_references.SelectMany(reference => Names(reference).Select(name => $"{Upper(reference)} -> {name}")).ToHashSet(StringComparer.Ordinal);
        s_allowed.SelectMany(layer => layer.Value.Select(name => $"{layer.Key} -> {name}")).Except(used, StringComparer.Ordinal).Should().BeEmpty();
    }

    // A type of a layer that another may not see would be named by nothing in what is an object there.
    [Fact]
    public void Core_WhatIsAnObject_IsAnApplications() =>
        s_core.GetTypes().Where(type => IsCore(type.Namespace ?? string.Empty)).SelectMany(ObjectMembers.Of).Distinct(StringComparer.Ordinal)
            .Should().BeEquivalentTo(s_objects);

    // What others are granted cannot be changed any more, and hides what those who are not granted it miss.
    [Fact]
    public void Core_GrantsItsInternals_ToNoPackage() =>
        s_core.GetCustomAttributes<InternalsVisibleToAttribute>().Select(grant => grant.AssemblyName).Should().NotBeEmpty().And.OnlyContain(
            name => name.EndsWith(".Tests", StringComparison.Ordinal) || s_measuring.Contains(name));

    [Theory]
    [InlineData("Descriptors", "FileSystem", "FileSystem")]
    [InlineData("Mounts", "FileSystem", "FileSystem")]
    [InlineData("Rpc", "FileSystem.InvocationContext", "FileSystem")]
    [InlineData("Rpc.Setup", "Rpc", "Rpc")]
    public void Core_ReferenceThatIsNotAllowed_IsFound(string from, string allowance, string to)
    {
        var stricter = s_allowed.ToDictionary(
            layer => layer.Key, layer => layer.Key == from ? layer.Value.Where(seen => seen != allowance).ToArray() : layer.Value, StringComparer.Ordinal);
        Violations(stricter).Should().NotBeEmpty().And.OnlyContain(violation => violation.Contains($"({from} -> {to})"));
    }

    [Fact]
    public void TypeReferences_OnlyInAMethodBody_AreFound()
    {
        var names = TypeReferences.Of(typeof(Sample).Assembly.Location)
            .Where(reference => reference.From.StartsWith("LayeringTests.Sample", StringComparison.Ordinal)).Select(reference => reference.To).ToList();
        names.Should().Contain(["LayeringTests.Called", "LayeringTests.Argument", "LayeringTests.Awaited", "LayeringTests.Cast"]);
    }

    [Fact]
    public void ObjectMembers_OfEveryKind_AreFound() =>
        ObjectMembers.Of(typeof(Hiding)).Distinct(StringComparer.Ordinal).Should().BeEquivalentTo(
            "Hiding._field", "Hiding.Property", "Hiding.Parameter", "Hiding.Result", "Hiding.Array", "Hiding.Collection", "Hiding.Callback", "Hiding.Reference",
            "Hiding..ctor");

    private static IEnumerable<string> Violations(Dictionary<string, string[]> allowed) =>
        from reference in s_references
        let upper = Upper(reference)
        let lower = LayerOf(reference.To, reference.ToNamespace)
        where upper is not null && upper != lower && lower != Text && !Names(reference).Intersect(allowed[upper], StringComparer.Ordinal).Any()
        select $"{reference.From} refers to {reference.To} ({upper} -> {lower})";

    private static string? Upper(TypeReference reference) => LayerOf(reference.From, reference.FromNamespace);

    // What an allowance can say: the layer, or the one type of it.
    private static string[] Names(TypeReference reference)
    {
        var layer = LayerOf(reference.To, reference.ToNamespace) ?? "?";
        return [layer, layer.Length == 0 ? OuterOf(reference.To) : $"{layer}.{OuterOf(reference.To)}"];
    }

    private static bool IsCore(string name) => name is Root or Extensions || name.StartsWith(Root + ".", StringComparison.Ordinal);

    private static string OuterOf(string type) => type.Split('.')[0];

    // The longest listed name that is the namespace or contains it; the root has no sub-namespaces of its own.
    private static string? LayerOf(string type, string name)
    {
        if (name == Root) return "";
        if (name == Extensions) return s_extensions.GetValueOrDefault(OuterOf(type));
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

    private sealed class Cast;

    private sealed class Sample
    {
        public static object? Generic() => Called.Do<Argument?>(null);

        public static bool IsCast(object value) => value is Cast;

        public static async Task<object> InAStateMachine()
        {
            await Task.Yield();
            return new Awaited();
        }
    }

    // What is looked for are members of an object.
#pragma warning disable CA1822
    private sealed class Hiding(object hidden) : ICustomFormatter
    {
        public readonly object? _field = hidden;

        public object? Property { get; init; }

        public void Parameter(object value) => Private(value);

        public object? Result() => _field;

        public void Array(object[] values) => Private(values[0]);

        public IReadOnlyList<object> Collection() => [];

        public void Callback(Action<object> callback) => callback(this);

        public void Reference(ref object value) => value = this;

        // Not these: what the framework asks for, what nobody else can call, and what names its type.
        public string Format(string? format, object? arg, IFormatProvider? formatProvider) => string.Empty;

        public override bool Equals(object? obj) => obj is Hiding;

        public override int GetHashCode() => 0;

        public T? Generic<T>(T? value) => value;

        private void Private(object value) => GC.KeepAlive(value);
    }
#pragma warning restore CA1822
}
