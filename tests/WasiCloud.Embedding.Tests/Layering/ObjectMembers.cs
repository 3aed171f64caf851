using System.Collections;
using System.Reflection;

namespace WasiCloud.Embedding.Tests.Layering;

/// <summary>
/// Finds what a layer can hand to another one without naming its type: fields, parameters and results that are <see cref="object"/>, or made of it. What is
/// cast back is named by the cast; what is only kept, compared or passed on would be named by nothing.
/// </summary>
internal static class ObjectMembers
{
    private const BindingFlags All = BindingFlags.DeclaredOnly | BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;

    private static readonly Type[] s_anything = [typeof(object), typeof(Delegate), typeof(MulticastDelegate), typeof(ValueType), typeof(Enum), typeof(Array)];

    /// <summary>The members of a type, as <c>Type.Member</c>.</summary>
    public static IEnumerable<string> Of(Type type)
    {
        if (IsGenerated(type.Name)) yield break;
        foreach (var field in type.GetFields(All).Where(field => IsAnything(field.FieldType))) yield return $"{type.Name}.{NameOf(field.Name)}";
        if (IsAnything(type.BaseType, isBase: true) || type.GetInterfaces().Any(implemented => IsAnything(implemented))) yield return type.Name;
        var others = MembersOfOthers(type);
        foreach (var method in type.GetMethods(All).Cast<MethodBase>().Concat(type.GetConstructors(All)))
        {
            // What is private is called by the type itself; what a type of the framework asks for is the framework's.
            if (method.IsPrivate || IsGenerated(method.Name) || others.Contains(method)) continue;
            var types = method.GetParameters().Select(parameter => parameter.ParameterType);
            if (types.Append((method as MethodInfo)?.ReturnType).Any(named => IsAnything(named)))
                yield return $"{type.Name}.{NameOf(method.Name)}";
        }
    }

    private static HashSet<MethodBase> MembersOfOthers(Type type)
    {
        // A delegate's own members are the runtime's, but for what it is called with.
        if (type.IsSubclassOf(typeof(Delegate)))
            return [.. type.GetMethods(All).Where(method => method.Name != "Invoke"), .. type.GetConstructors(All)];
        var overrides = type.GetMethods(All).Where(method => method.GetBaseDefinition().DeclaringType!.Assembly != type.Assembly);
        if (type.IsInterface) return [.. overrides];
        return
        [
            .. overrides,
            .. type.GetInterfaces().Where(implemented => implemented.Assembly != type.Assembly)
                .SelectMany(implemented => type.GetInterfaceMap(implemented).TargetMethods),
        ];
    }

    private static bool IsAnything(Type? type, bool isBase = false)
    {
        if (type is null) return false;
        if (type.HasElementType) return IsAnything(type.GetElementType());
        if (type.IsGenericParameter) return false;
        if (s_anything.Contains(type)) return !isBase;
        if (type.IsGenericType) return type.GetGenericArguments().Any(argument => IsAnything(argument));
        return type.Namespace == typeof(IEnumerable).Namespace && type.IsInterface && !isBase && type != typeof(IEnumerable);
    }

    private static bool IsGenerated(string name) => name.Contains('<', StringComparison.Ordinal) && !name.EndsWith("k__BackingField", StringComparison.Ordinal);

    // A property is its accessors and its field.
    private static string NameOf(string name)
    {
        if (name.StartsWith('<')) return name[1..name.IndexOf('>', StringComparison.Ordinal)];
        return name.StartsWith("get_", StringComparison.Ordinal) || name.StartsWith("set_", StringComparison.Ordinal) ? name[4..] : name;
    }
}
