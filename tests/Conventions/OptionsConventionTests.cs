using System.Reflection;
using FluentAssertions;
using Microsoft.Extensions.Options;
using Xunit;

namespace WasiCloud.Embedding;

/// <summary>What is so for every type of options of the packages that this project tests. In every test project.</summary>
public sealed class OptionsConventionTests
{
    /// <summary>The options that have a range, with a value that is out of every range.</summary>
    public static TheoryData<Type, string> Ranges()
    {
        var ranges = new TheoryData<Type, string>();
        foreach (var type in OptionTypes())
        {
            foreach (var property in type.GetProperties().Where(property => property.CanWrite && Invalid(property.PropertyType) is not null))
                ranges.Add(type, property.Name);
        }

        // A project that tests no package with options has a row all the same.
        if (!ranges.Any()) ranges.Add(typeof(object), string.Empty);
        return ranges;
    }

    [Fact]
    public void OptionTypes_EachOne_HasAValidator() => OptionTypes().Where(type => ValidatorOf(type) is null).Should().BeEmpty();

    [Theory]
    [MemberData(nameof(Ranges))]
    public void Option_OutOfEveryRange_IsNamed(Type type, string option)
    {
        if (type == typeof(object)) return;
        var options = Activator.CreateInstance(type, nonPublic: true)!;
        var property = type.GetProperty(option)!;

        Failures(type, options).Should().NotContain(failure => failure.StartsWith($"{type.Name}.{option} ", StringComparison.Ordinal));
        property.SetValue(options, Invalid(property.PropertyType));

        Failures(type, options).Should().ContainSingle(failure => failure.StartsWith($"{type.Name}.{option} is ", StringComparison.Ordinal));
    }

    private static IEnumerable<string> Failures(Type type, object options)
    {
        var validate = typeof(IValidateOptions<>).MakeGenericType(type).GetMethod("Validate")!;
        return ((ValidateOptionsResult)validate.Invoke(ValidatorOf(type), [null, options])!).Failures ?? [];
    }

    private static object? ValidatorOf(Type type)
    {
        var validator = type.Assembly.GetTypes().SingleOrDefault(candidate =>
            candidate.BaseType is { IsGenericType: true, Name: "OptionsValidator`1" } parent && parent.GetGenericArguments()[0] == type);
        return validator is null ? null : Activator.CreateInstance(validator, nonPublic: true);
    }

    // Structures are given with a call, which has a host's limits too.
    private static IEnumerable<Type> OptionTypes() => typeof(OptionsConventionTests).Assembly.GetReferencedAssemblies()
        .Where(name => name.Name!.StartsWith("WasiCloud.", StringComparison.Ordinal)).Select(Assembly.Load)
        .SelectMany(assembly => assembly.GetExportedTypes())
        .Where(type => type is { IsClass: true, IsAbstract: false } && type.Name.EndsWith("Options", StringComparison.Ordinal));

    private static object? Invalid(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(int)) return -1;
        if (type == typeof(long)) return -1L;
        if (type == typeof(TimeSpan)) return TimeSpan.FromDays(-1);
        return type.IsEnum ? Enum.ToObject(type, 99) : null;
    }
}
