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
}
