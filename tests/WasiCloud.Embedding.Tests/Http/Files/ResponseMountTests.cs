using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Http.Files;
using WasiCloud.Embedding.Tests.Http.Exchange;
using WasiCloud.Embedding.Tests.Mounts.Nodes;
using Xunit;

namespace WasiCloud.Embedding.Tests.Http.Files;

public sealed class ResponseMountTests
{
    private readonly ExchangeFixture _fixture = new();

    [Fact]
    public async Task Attach_WithoutExchange_Throws()
    {
        var attach = () => new ResponseMount().AttachAsync(new InvocationContext { Id = "x" }, CancellationToken.None).AsTask();

        await attach.Should().ThrowAsync<InvalidOperationException>();
    }

    [Fact]
    public async Task Files_NotCreated_DoNotExist()
    {
        foreach (var name in new[] { "txt", "json", "body", "status", "headers/a" })
        {
            (await _fixture.LookupAsync("response/" + name)).Error.Should().Be(Errno.NoEnt);
            (await _fixture.OpenAsync("response/" + name, 'r')).Error.Should().Be(Errno.NoEnt);
        }

        (await _fixture.ListAsync("response")).Should().Equal("headers");
    }

    [Theory]
    [InlineData("txt", "json")]
    [InlineData("txt", "body")]
    [InlineData("txt", "status")]
    [InlineData("txt", "headers/a")]
    [InlineData("json", "txt")]
    [InlineData("json", "body")]
    [InlineData("body", "txt")]
    [InlineData("body", "json")]
    [InlineData("status", "txt")]
    [InlineData("headers/a", "json")]
    public async Task Create_AnotherForm_IsBusy(string first, string second)
    {
        (await _fixture.OpenAsync("response/" + first)).Error.Should().Be(Errno.Success);

        (await _fixture.OpenAsync("response/" + second)).Error.Should().Be(Errno.Busy);
        (await _fixture.LookupAsync("response/" + second)).Error.Should().Be(Errno.NoEnt);
    }

    [Fact]
    public async Task Create_PiecesTogether_AreListed()
    {
        foreach (var name in new[] { "status", "headers/A", "body" }) (await _fixture.OpenAsync("response/" + name)).Error.Should().Be(Errno.Success);

        (await _fixture.ListAsync("response")).Should().Equal("headers", "status", "body");
        (await _fixture.ListAsync("response/headers")).Should().Equal("a");
    }

    [Theory]
    [InlineData("txt")]
    [InlineData("json")]
    [InlineData("body")]
    public async Task Open_WhileOpen_IsBusy(string name)
    {
        await _fixture.OpenAsync("response/" + name);

        (await _fixture.OpenAsync("response/" + name)).Error.Should().Be(Errno.Busy);
    }

    [Theory]
    [InlineData("txt", "HTTP/1.1 200 OK\n\n")]
    [InlineData("json", "{}")]
    [InlineData("body", "x")]
    public async Task Open_AfterClose_IsRoFs(string name, string content)
    {
        await _fixture.WriteFileAsync("response/" + name, content);

        (await _fixture.OpenAsync("response/" + name, 'a')).Error.Should().Be(Errno.RoFs);
    }

    [Theory]
    [InlineData("json", "txt", Errno.Busy)]
    [InlineData("body", "txt", Errno.Busy)]
    [InlineData("body", "status", Errno.RoFs)]
    [InlineData("body", "headers/a", Errno.RoFs)]
    public async Task Create_AfterTheResponse_IsRefused(string first, string second, Errno expected)
    {
        await _fixture.WriteFileAsync("response/" + first, "{}");

        (await _fixture.OpenAsync("response/" + second)).Error.Should().Be(expected);
    }

    [Theory]
    [InlineData("txt")]
    [InlineData("json")]
    [InlineData("body")]
    [InlineData("status")]
    [InlineData("headers/a")]
    public async Task Open_ToRead_IsAccess(string name)
    {
        await _fixture.OpenAsync("response/" + name);

        (await _fixture.OpenAsync("response/" + name, 'r')).Error.Should().Be(Errno.Access);
    }

    [Theory]
    [InlineData("txt")]
    [InlineData("json")]
    [InlineData("body")]
    [InlineData("status")]
    [InlineData("headers/a")]
    public async Task Open_ToReadAndWrite_WritesButDoesNotRead(string name)
    {
        // O_RDWR|O_CREAT, as Go's os.Create.
        (await _fixture.OpenAsync("response/" + name, '+')).TryGet(out var handle);

        (await HandleCalls.WriteAllAsync(handle!, "{"u8.ToArray())).Should().Be(Errno.Success);
        (await HandleCalls.ReadAsync(handle!, new byte[1])).Error.Should().Be(Errno.BadF);
    }

    [Fact]
    public async Task Create_OtherName_IsAccess() => (await _fixture.OpenAsync("response/json.tmp")).Error.Should().Be(Errno.Access);

    [Fact]
    public async Task Remove_Any_IsRefused()
    {
        await _fixture.OpenAsync("response/status");
        await _fixture.OpenAsync("response/headers/a");
        var root = (VirtualDirectory)(await _fixture.LookupAsync("response")).Value!;
        var headers = (VirtualDirectory)(await _fixture.LookupAsync("response/headers")).Value!;

        (await root.RemoveFileAsync("status", CancellationToken.None)).Should().Be(Errno.Perm);
        (await root.RemoveFileAsync("headers", CancellationToken.None)).Should().Be(Errno.IsDir);
        (await root.RemoveFileAsync("txt", CancellationToken.None)).Should().Be(Errno.NoEnt);
        (await headers.RemoveFileAsync("A", CancellationToken.None)).Should().Be(Errno.Perm);
        (await headers.RemoveFileAsync("b", CancellationToken.None)).Should().Be(Errno.NoEnt);
        (await root.CreateDirectoryAsync("x", CancellationToken.None)).Should().Be(Errno.RoFs);
    }
}
