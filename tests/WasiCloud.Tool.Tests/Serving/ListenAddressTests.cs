using FluentAssertions;
using WasiCloud.Tool.Serving;
using Xunit;

namespace WasiCloud.Tool.Tests.Serving;

public class ListenAddressTests
{
    [Theory]
    [InlineData("127.0.0.1:0", "127.0.0.1:0")]
    [InlineData("8080", "127.0.0.1:8080")]
    [InlineData(":8080", "127.0.0.1:8080")]
    [InlineData("localhost:1", "127.0.0.1:1")]
    [InlineData("*:65535", "[::]:65535")]
    [InlineData("[::1]:80", "[::1]:80")]
    public void Parse_Address_IsTakenApart(string text, string expected) => ListenAddress.Parse(text).ToString().Should().Be(expected);

    [Theory]
    [InlineData("")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:")]
    [InlineData("127.0.0.1:65536")]
    [InlineData("127.0.0.1:-1")]
    [InlineData("::1:80")]
    [InlineData("[127.0.0.1]:80")]
    [InlineData("example.org:80")]
    public void Parse_AnythingElse_Throws(string text) =>
        FluentActions.Invoking(() => ListenAddress.Parse(text)).Should().Throw<FormatException>().WithMessage($"--listen '{text}'*");
}
