using FluentAssertions;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using Xunit;

namespace WasiCloud.Embedding.Tests.FileSystem;

public class ErrnoExceptionTests
{
    [Fact]
    public void Create_WithEveryErrno_SaysIt()
    {
        foreach (var error in Enum.GetValues<Errno>().Where(error => error != Errno.Success)) new ErrnoException(error).Error.Should().Be(error);
    }

    // Anybody can throw one: what is no errno means something else inside the library.
    [Theory]
    [InlineData((ushort)Errno.Success)]
    [InlineData((ushort)Errno.NotCapable + 1)]
    [InlineData((ushort)Suspension.Required)]
    [InlineData(ushort.MaxValue - 1)]
    public void Create_WithWhatIsNoErrno_IsRefused(ushort number)
    {
        FluentActions.Invoking(() => new ErrnoException((Errno)number)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new ErrnoException((Errno)number, "text")).Should().Throw<ArgumentOutOfRangeException>();
    }
}
