using System.Reflection;
using System.Runtime.InteropServices;
using FluentAssertions;
using WasiCloud.Embedding.Engine.Interop;
using Xunit;

namespace WasiCloud.Embedding.Tests.Engine.Interop;

public sealed class NativeLibraryCheckTests
{
    [Fact]
    public void EnsureCompatible_WithThePinnedLibrary_Passes()
    {
        var check = NativeLibraryCheck.EnsureCompatible;

        check.Should().NotThrow();
    }

    [Theory]
    [InlineData("49.0")]
    [InlineData("51.0")]
    [InlineData("5")]
    public void Verify_WithAnotherSeries_NamesTheExpectedOne(string series)
    {
        var check = () => NativeLibraryCheck.Verify(series);

        check.Should().Throw<InvalidOperationException>().WithMessage($"*libwasmtime {series}.x*different version*");
    }

    [Fact]
    public void Version_OfTheLoadedLibrary_IsExact() => NativeLibraryCheck.Version.Should().MatchRegex("^50\\.0\\.[0-9]+$");

    [Fact]
    public void Check_AFunctionThatIsMissing_IsNamedAndNothingElseIsTried()
    {
        var check = () => NativeLibraryCheck.Check(
            "50.0", "50.0.9", static name => name != "wasmtime_memory_data", static () => throw new InvalidOperationException("tried"));

        check.Should().Throw<InvalidOperationException>().WithMessage("*50.0.x*50.0.9 has no function 'wasmtime_memory_data'*");
    }

    [Fact]
    public void Check_ALayoutThatIsOther_SaysWhatShouldBeSo()
    {
        var check = () => NativeLibraryCheck.Check("50.0", "50.0.9", static _ => true, static () => "a memory is 24 bytes");

        check.Should().Throw<InvalidOperationException>().WithMessage("*in 50.0.9 it is not so that a memory is 24 bytes.");
    }

    [Fact]
    public void LayoutProbe_WithThePinnedLibrary_FindsNothing() => LayoutProbe.FindBroken().Should().BeNull();

    [Fact]
    public void Exports_AreThoseOfTheDeclarations()
    {
        var declared = typeof(NativeLibraryCheck).Assembly.GetTypes()
            .SelectMany(static type => type.GetMethods(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly))
            .Select(static method => method.GetCustomAttribute<DllImportAttribute>())
            .Where(static import => import?.Value == NativeLibraryName.Wasmtime)
            .Select(static import => import!.EntryPoint!)
            .ToHashSet(StringComparer.Ordinal);

        NativeLibraryExports.All.Should().OnlyHaveUniqueItems().And.BeEquivalentTo(declared);
    }
}
