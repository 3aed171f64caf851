using CsCheck;
using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Fuzz;
using WasiCloud.Embedding.Fuzz.Imports;
using WasiCloud.Embedding.Preview1;
using Xunit;

namespace WasiCloud.Embedding.Hostile.Tests.Imports;

/// <summary>
/// Programs of host calls with good, edge-case and random arguments, against memories and descriptor tables of many sizes (<see cref="ImportFuzzer"/> has the
/// properties).
/// </summary>
public sealed class ImportPropertyTests
{
    private const int MostBytes = 800;

    private static Gen<byte[]> Programs => Gen.Byte.Array[2, MostBytes];

    [Fact]
    public async Task Calls_WithAnyArguments_KeepEveryPromise()
    {
        using var fuzzer = new ImportFuzzer();

        await Property.HoldsAsync(Programs, program => fuzzer.RunAsync(program), Effort.Of(15_000), Convert.ToHexString);

        // It would prove nothing if all calls failed at their first argument.
        fuzzer.Calls.Should().BeGreaterThan(Effort.Of(100_000));
        fuzzer.Successes.Keys.Should().Contain(
            Preview1Functions.Table.Functions.Select(function => function.Name)
                .Where(name => !name.StartsWith("sock_", StringComparison.Ordinal) && name is not ("proc_exit" or "proc_raise")));
        fuzzer.Results.Keys
            .Should().Contain([Errno.Fault, Errno.BadF, Errno.Inval, Errno.NoEnt, Errno.MFile, Errno.IlSeq, Errno.NameTooLong, Errno.NotCapable, Errno.XDev]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4095)]
    [InlineData(1UL << 32)]
    public void Memory_OfAnySize_EndsWithItsLastByte(ulong size)
    {
        using var memory = new GuardedMemory(size);

        memory.Memory.Length.Should().Be(size);
        if (size > 0) memory.Slice(size - 1, 1)[0] = 1;
        memory.CanariesAreIntact.Should().BeTrue();
    }

    [Fact]
    public unsafe void Memory_WrittenInFrontOf_IsNoticed()
    {
        using var memory = new GuardedMemory(100);

        *(memory.Memory.PointerTo(0) - 1) = 1;

        memory.CanariesAreIntact.Should().BeFalse();
    }

    [Fact]
    public void Watch_ByteOutsideTheRanges_IsFound()
    {
        using var memory = new GuardedMemory(4096);
        var watch = new MemoryWatch(memory);
        memory.Slice(10, 4).Fill(7);

        watch.FirstChange([(10, 4)]).Should().BeNull();
        watch.FirstChange([(10, 3)]).Should().Be(13);
        watch.FirstChange([(11, 100)]).Should().Be(10);
    }

    [Fact]
    public async Task Guest_WithANodeThatIsNotGivenBack_IsNoticed()
    {
        using var folder = new HostFolder();
        await using var guest = new FuzzGuest(folder, suspends: false, maxDescriptors: 8);
        guest.Ledger.NodeGiven();

        await guest.Awaiting(it => it.CloseAsync(CloseReason.Closed)).Should().ThrowAsync<FuzzFailureException>().WithMessage("1 nodes*");
    }

    [Fact]
    public async Task Corpus_Replayed_HasNoFinding()
    {
        (await Corpus.ReplayAsync(Path.Combine(AppContext.BaseDirectory, "corpus"))).Should().BeGreaterThan(150);
    }
}
