using System.Reflection;
using System.Runtime.CompilerServices;
using FluentAssertions;
using Xunit;

namespace WasiCloud.Embedding;

/// <summary>What is so for every public method of the packages that this project tests. In every test project.</summary>
public sealed class PublicApiTests
{
    /// <summary>Also of the functions that an application gives, and of delegates.</summary>
    [Fact]
    public void Parameters_CancellationToken_IsTheLast() => Methods()
        .Where(method => IndexOfToken(TypesOf(method)) is { } index && index != TypesOf(method).Length - 1).Select(Describe).Should().BeEmpty();

    [Fact]
    public void Parameters_FunctionsWithACancellationToken_HaveItLast() => Methods().SelectMany(method => method.GetParameters())
        .Where(parameter => parameter.ParameterType is { IsGenericType: true } type && type.Name.StartsWith("Func`", StringComparison.Ordinal)
            && IndexOfToken(type.GetGenericArguments()[..^1]) is { } index && index != type.GetGenericArguments().Length - 2)
        .Select(parameter => $"{Describe(parameter.Member)}: {parameter.Name}").Should().BeEmpty();

    // Without those that the language wants behind all others.
    private static Type[] TypesOf(MethodBase method) =>
        [.. method.GetParameters().Where(parameter => !IsRest(parameter)).Select(parameter => parameter.ParameterType)];

    private static bool IsRest(ParameterInfo parameter) =>
        parameter.IsDefined(typeof(ParamCollectionAttribute)) || parameter.IsDefined(typeof(ParamArrayAttribute));

    private static int? IndexOfToken(Type[] types) => Array.IndexOf(types, typeof(CancellationToken)) is >= 0 and var index ? index : null;

    private static IEnumerable<Type> Types() => typeof(PublicApiTests).Assembly.GetReferencedAssemblies()
        .Where(name => name.Name!.StartsWith("WasiCloud.", StringComparison.Ordinal)).Select(Assembly.Load).SelectMany(assembly => assembly.GetExportedTypes());

    private static IEnumerable<MethodBase> Methods() => Types().SelectMany(type => type
        .GetMembers(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
        .OfType<MethodBase>().Where(method => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly)

        // What a delegate's own methods add is the compiler's.
        .Where(method => !type.IsAssignableTo(typeof(Delegate)) || method.Name == "Invoke"));

    private static string Describe(MemberInfo method) => $"{method.DeclaringType!.Name}.{method.Name}";
}
