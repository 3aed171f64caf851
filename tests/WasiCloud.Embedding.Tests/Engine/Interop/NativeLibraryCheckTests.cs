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
    [InlineData("50.0.0")]
    [InlineData("49.0.1")]
    [InlineData("51.0.0")]
    public void Verify_WithAnotherVersion_NamesTheExpectedOne(string version)
    {
        var check = () => NativeLibraryCheck.Verify(version);

        check.Should().Throw<InvalidOperationException>().WithMessage($"*libwasmtime {version}*different version*");
    }
}
