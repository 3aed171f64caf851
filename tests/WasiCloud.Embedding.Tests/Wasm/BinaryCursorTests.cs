using FluentAssertions;
using WasiCloud.Embedding.Wasm;
using Xunit;

namespace WasiCloud.Embedding.Tests.Wasm;

/// <summary>The one reader of the binary format, over bytes that lie.</summary>
public class BinaryCursorTests
{
    [Theory]
    [InlineData("00", 0u)]
    [InlineData("7F", 127u)]
    [InlineData("8001", 128u)]
    [InlineData("FFFFFFFF0F", uint.MaxValue)]
    [InlineData("8080808000", 0u)] // Longer than needed, and allowed (5.2.2).
    public void U32_OfANumber_IsIt(string hex, uint expected)
    {
        var cursor = new BinaryCursor(Convert.FromHexString(hex));
        cursor.U32().Should().Be(expected);
        (cursor.HasFailed, cursor.IsAtEnd).Should().Be((false, true));
    }

    [Theory]
    [InlineData("", nameof(BinaryFailure.End), 0)]
    [InlineData("80", nameof(BinaryFailure.End), 1)]
    [InlineData("FFFFFFFF", nameof(BinaryFailure.End), 4)]
    [InlineData("FFFFFFFF1F", nameof(BinaryFailure.TooLarge), 4)] // 2^33 - 1.
    [InlineData("808080808000", nameof(BinaryFailure.TooLong), 4)]
    [InlineData("80808080808080808080808080", nameof(BinaryFailure.TooLong), 4)]
    public void U32_OfNoNumber_SaysWhatIsWrongAndWhere(string hex, string failure, int position)
    {
        var cursor = new BinaryCursor(Convert.FromHexString(hex));
        cursor.U32().Should().Be(0);
        (cursor.Failure.ToString(), cursor.Position).Should().Be((failure, position));
    }

    [Theory]
    [InlineData("FFFFFFFFFFFFFFFFFF01", 64, ulong.MaxValue)]
    [InlineData("FFFFFFFF1F", 33, 0x1_FFFF_FFFFUL)]
    public void Number_OfSoManyBits_IsIt(string hex, int bits, ulong expected) =>
        new BinaryCursor(Convert.FromHexString(hex)).Number(bits).Should().Be(expected);

    [Theory]
    [InlineData("FFFFFFFFFFFFFFFFFF02", 64)]
    [InlineData("FFFFFFFF2F", 33)]
    [InlineData("8080808080808080808000", 64)]
    public void Number_OfTooManyBits_IsRefused(string hex, int bits)
    {
        var cursor = new BinaryCursor(Convert.FromHexString(hex));
        cursor.Number(bits).Should().Be(0);
        cursor.HasFailed.Should().BeTrue();
    }

    [Fact]
    public void SkipVariable_LongerThanTenBytes_IsRefused()
    {
        var fits = new BinaryCursor(Convert.FromHexString("80808080808080808000"));
        fits.SkipVariable();
        (fits.HasFailed, fits.IsAtEnd).Should().Be((false, true));

        var endless = new BinaryCursor(Enumerable.Repeat((byte)0x80, 100).ToArray());
        endless.SkipVariable();
        (endless.Failure, endless.Position).Should().Be((BinaryFailure.TooLong, 9));
    }

    [Theory]
    [InlineData("05AABBCCDD")]
    [InlineData("FFFFFFFF0FAA")] // 2^32 - 1 bytes.
    [InlineData("8080808008AA")] // 2^31 bytes, which a signed number would take for less than none.
    public void Part_LongerThanWhatFollows_IsRefusedAtItsLength(string hex)
    {
        var cursor = new BinaryCursor(Convert.FromHexString(hex));
        var part = cursor.Part();
        (part.IsAtEnd, part.Rest().Length).Should().Be((true, 0));
        (cursor.Failure, cursor.Position).Should().Be((BinaryFailure.PastEnd, 0));
    }

    [Fact]
    public void Part_OfAPart_DoesNotReachBehindIt()
    {
        var cursor = new BinaryCursor([2, 5, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE]);
        var part = cursor.Part();
        part.Text().Length.Should().Be(0);
        (part.Failure, cursor.Failure, cursor.Position).Should().Be((BinaryFailure.PastEnd, BinaryFailure.None, 3));
    }

    [Fact]
    public void EveryMember_OnceItHasFailed_GivesNothing()
    {
        var cursor = new BinaryCursor([1, 2, 3, 4, 5, 6, 7, 8]);
        cursor.Skip(9);
        var position = cursor.Position;
        (cursor.Byte(), cursor.Peek(), cursor.U32(), cursor.Number(64), cursor.Remaining, cursor.IsAtEnd).Should().Be(((byte)0, (byte)0, 0u, 0UL, 0, true));
        cursor.SkipVariable();
        cursor.Skip(uint.MaxValue);
        (cursor.Text().Length, cursor.Rest().Length, cursor.Slice(1).Remaining, cursor.TryReadSection(out _, out _)).Should().Be((0, 0, 0, false));
        (cursor.Failure, cursor.Position).Should().Be((BinaryFailure.PastEnd, position));
    }

    [Fact]
    public void TryReadSection_CutOff_HasNoBytesAndIsTheLast()
    {
        var module = new BinaryCursor([1, 2, 0xAA, 0xBB, 3, 9, 0xCC]);
        module.TryReadSection(out var id, out var section).Should().BeTrue();
        (id, section.Remaining, section.Position).Should().Be(((byte)1, 2, 2));
        module.TryReadSection(out id, out section).Should().BeTrue();
        (id, section.IsAtEnd, module.HasFailed).Should().Be(((byte)3, true, true));
        module.TryReadSection(out _, out _).Should().BeFalse();
    }

    [Theory]
    [InlineData("0061736D01000000", nameof(BinaryKind.Module))]
    [InlineData("0061736D0D000100", nameof(BinaryKind.Component))]
    [InlineData("0061736D02000000", nameof(BinaryKind.UnknownVersion))]
    [InlineData("0061736D010000", nameof(BinaryKind.CutOff))]
    [InlineData("0061736D", nameof(BinaryKind.CutOff))]
    [InlineData("00617362", nameof(BinaryKind.None))]
    [InlineData("", nameof(BinaryKind.None))]
    public void Header_OfBytes_SaysWhatTheyAre(string hex, string kind) => BinaryHeader.Read(Convert.FromHexString(hex)).ToString().Should().Be(kind);
}
