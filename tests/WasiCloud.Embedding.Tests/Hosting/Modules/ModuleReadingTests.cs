using System.IO.Pipelines;
using FluentAssertions;
using WasiCloud.Embedding.Hosting.Modules;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Modules;

/// <summary>What is no file is in <see cref="FileFollowerTests.BadFiles"/>.</summary>
public sealed class ModuleReadingTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Theory]
    [InlineData(0, 100)]
    [InlineData(100, 100)]
    [InlineData(99, 100)]
    [InlineData(200_000, 200_000)]
    [InlineData(200_000, 1_000_000)]
    public async Task Read_NotMoreThanAllowed_IsAllOfIt(int length, int maxBytes)
    {
        var bytes = Make(length);
        await File.WriteAllBytesAsync(_path, bytes);

        (await ModuleReading.ReadFileAsync(_path, maxBytes, CancellationToken.None)).ToArray().Should().Equal(bytes);
        (await ModuleBytes.ReadAsync(new MemoryStream(bytes), maxBytes, CancellationToken.None)).ToArray().Should().Equal(bytes);
        (await ModuleBytes.ReadAsync(PipeOf(bytes), maxBytes, CancellationToken.None)).ToArray().Should().Equal(bytes);
    }

    [Theory]
    [InlineData(101, 100)]
    [InlineData(200_001, 200_000)]
    public async Task Read_MoreThanAllowed_IsRefused(int length, int maxBytes)
    {
        var bytes = Make(length);
        await File.WriteAllBytesAsync(_path, bytes);

        await FluentActions.Awaiting(() => ModuleReading.ReadFileAsync(_path, maxBytes, CancellationToken.None))
            .Should().ThrowAsync<InvalidGuestModuleException>().WithMessage($"The module has {length} bytes; MaxModuleBytes is {maxBytes}.");
        await FluentActions.Awaiting(() => ModuleBytes.ReadAsync(new MemoryStream(bytes), maxBytes, CancellationToken.None).AsTask())
            .Should().ThrowAsync<InvalidGuestModuleException>().WithMessage($"The module has {length} bytes; *");
        await FluentActions.Awaiting(() => ModuleBytes.ReadAsync(PipeOf(bytes), maxBytes, CancellationToken.None).AsTask())
            .Should().ThrowAsync<InvalidGuestModuleException>().WithMessage($"The module has more than {maxBytes} bytes; *");
    }

    // What the system makes up says that it has no length.
    [Fact]
    public async Task Read_FileWithoutALength_IsReadToItsEnd()
    {
        var read = await ModuleReading.ReadFileAsync("/proc/self/status", 1 << 20, CancellationToken.None);

        read.Length.Should().BePositive();
        await FluentActions.Awaiting(() => ModuleReading.ReadFileAsync("/proc/self/status", 8, CancellationToken.None))
            .Should().ThrowAsync<InvalidGuestModuleException>().WithMessage("The module has more than 8 bytes; *");
    }

    private static byte[] Make(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    // Nobody knows how long it is.
    private static Stream PipeOf(byte[] bytes) => PipeReader.Create(new MemoryStream(bytes), new StreamPipeReaderOptions(bufferSize: 777)).AsStream();
}
