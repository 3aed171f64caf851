using System.Net;
using System.Net.Sockets;
using FluentAssertions;
using Xunit;

namespace WasiCloud.Tool.Tests.Serving;

public sealed class ServeCommandTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("wasicloud-serve-");
    private readonly HttpClient _client = new() { Timeout = Patience };

    public void Dispose()
    {
        _client.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Serve_Folder_AnswersRoutesKeepsStateReloadsAndStops()
    {
        Deploy("echo", "echo");
        Deploy("counter", "counter");
        await using var server = await ToolServer.StartAsync(_folder.FullName, "--listen", "127.0.0.1:0");
        server.Start
            .Should().Contain("route\t/echo\techo.wasm").And.Contain("mount\t/beta/kv/local\tkey-value store, memory").And.Contain("mount\t/request\tthe " +
            "request");
        (await PostAsync(server, "/echo", "hello")).Should().Be("hello");
        (await PostAsync(server, "/counter/a", "")).Should().Be("{\"name\":\"a\",\"value\":1}\n");
        (await PostAsync(server, "/counter/a", "")).Should().Be("{\"name\":\"a\",\"value\":2}\n");
        (await _client.GetAsync(server.Address + "/nosuch")).StatusCode.Should().Be(HttpStatusCode.NotFound);

        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "counter.wasm"), "broken");
        (await server.NextLogAsync("cannot be loaded")).Should().Contain("the old module stays at /counter");
        (await PostAsync(server, "/counter/a", "")).Should().Be("{\"name\":\"a\",\"value\":3}\n");

        Deploy("echo", "counter");
        await server.NextLogAsync("changed and is served at /counter");
        (await PostAsync(server, "/counter/a", "now an echo")).Should().Be("now an echo");
        File.Delete(Path.Combine(_folder.FullName, "echo.wasm"));
        await server.NextLogAsync("/echo is served no more");
        (await _client.GetAsync(server.Address + "/echo")).StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await server.StopAsync("TERM")).Should().Be(0);
    }

    [Fact]
    public async Task Serve_RequestInFlightAtReloadAndStop_FinishesOnTheOldModule()
    {
        Deploy("echo", "echo");
        await using var server = await ToolServer.StartAsync(Path.Combine(_folder.FullName, "echo.wasm"), "--listen", "127.0.0.1:0");
        using var connection = new TcpClient();
        await connection.ConnectAsync(IPEndPoint.Parse(new Uri(server.Address).Authority));
        var stream = connection.GetStream();
        await stream.WriteAsync(
            "POST /any/path HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nfirst \r\n"u8.ToArray());
        using var reader = new StreamReader(stream);
        while (await reader.ReadLineAsync().WaitAsync(Patience) is { } line && line != "first ") continue;
        Deploy("trap", "echo");
        await server.NextLogAsync("changed and is served");
        (await _client.GetAsync(server.Address + "/")).StatusCode.Should().Be(HttpStatusCode.InternalServerError);
        server.Signal("INT");
        await stream.WriteAsync("6\r\nsecond\r\n0\r\n\r\n"u8.ToArray());
        (await reader.ReadToEndAsync().WaitAsync(Patience)).Should().Be("6\r\nsecond\r\n0\r\n\r\n");
        (await server.WaitAsync()).Should().Be(0);
    }

    [Fact]
    public async Task Serve_KeyValueInSqlite_OutlivesTheServer()
    {
        Deploy("counter", "counter");
        var store = $"sqlite:{Path.Combine(_folder.FullName, "app.db")}::/beta/kv/local";
        for (var start = 1; start <= 2; start++)
        {
            await using var server = await ToolServer.StartAsync("--kv", store, _folder.FullName, "--listen", "127.0.0.1:0");
            (await PostAsync(server, "/counter/a", "")).Should().Be($"{{\"name\":\"a\",\"value\":{start}}}\n");
            (await server.StopAsync("INT")).Should().Be(0);
        }
    }

    /// <summary>What is learned of guests that are served is enough for them, and is added to what a file has.</summary>
    [Fact]
    public async Task Serve_UnderThePoliciesThatWereLearned_DoesWhatItDidWithout()
    {
        Deploy("echo", "echo");
        Deploy("counter", "counter");
        Deploy("trap", "idle");
        var policies = Directory.CreateDirectory(Path.Combine(_folder.FullName, "policies")).FullName;
        await File.WriteAllTextAsync(Path.Combine(policies, "counter.policy"), "/srv r\nlimit time 5s\n");
        await using (var server = await ToolServer.StartAsync("--learn", policies, _folder.FullName, "--listen", "127.0.0.1:0"))
        {
            (await PostAsync(server, "/echo", "hello")).Should().Be("hello");
            for (var count = 1; count <= 2; count++) (await PostAsync(server, "/counter/a", "")).Should().Be($"{{\"name\":\"a\",\"value\":{count}}}\n");
            (await server.StopAsync("TERM")).Should().Be(0);
        }

        var learned = await File.ReadAllTextAsync(Path.Combine(policies, "counter.policy"));
        learned.Should().StartWith("# This policy was learned from 2 invocations, and covers only what ran; what it had was kept.\n")
            .And.Contain("\n/beta/kv/local").And.EndWith("\n/srv r\nlimit time 5s\n");
        File.Exists(Path.Combine(policies, "echo.policy")).Should().BeTrue();
        File.Exists(Path.Combine(policies, "idle.policy")).Should().BeFalse("it did not run");

        await File.WriteAllTextAsync(Path.Combine(policies, "idle.json"), "{}");
        await using (var server = await ToolServer.StartAsync("--policy", policies, _folder.FullName, "--listen", "127.0.0.1:0"))
        {
            (await PostAsync(server, "/echo", "hello")).Should().Be("hello");
            (await PostAsync(server, "/counter/a", "")).Should().Be("{\"name\":\"a\",\"value\":1}\n");
            (await server.StopAsync("TERM")).Should().Be(0);
        }
    }

    [Fact]
    public async Task Serve_GuestWithoutAPolicy_IsNotServedAndOneThatLacksSomethingFails()
    {
        Deploy("echo", "echo");
        Deploy("counter", "counter");
        var policies = Directory.CreateDirectory(Path.Combine(_folder.FullName, "policies")).FullName;
        await File.WriteAllTextAsync(Path.Combine(policies, "counter.policy"), "/tmp r\n");
        await using var server = await ToolServer.StartAsync("--policy", policies, _folder.FullName, "--listen", "127.0.0.1:0");

        (await _client.GetAsync(server.Address + "/echo")).StatusCode.Should().Be(HttpStatusCode.NotFound);
        using var content = new StringContent(string.Empty);
        using var denied = await _client.PostAsync(server.Address + "/counter/a", content);
        denied.StatusCode.Should().NotBe(HttpStatusCode.OK);

        (await server.StopAsync("TERM")).Should().Be(0);
        server.RestOfLog.Should().NotContain("unhandled", "what is wrong with a guest is nothing for the server");
    }

    [Theory]
    [InlineData("--policy", "app.policy", "app.policy(1,1): ")]
    [InlineData("--learn", "", "counter.policy(1,1): ")]
    public async Task Serve_PolicyThatIsNone_EndsOrIsToldWithItsPlace(string option, string name, string expected)
    {
        Deploy("counter", "counter");
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, name.Length == 0 ? "counter.policy" : name), "srv r\n");

        var result = await ToolProcess.InvokeAsync(
            "serve", option, Path.Combine(_folder.FullName, name), Path.Combine(_folder.FullName, "counter.wasm"), "--listen", "127.0.0.1:0");

        result.ExitCode.Should().Be(name.Length == 0 ? 1 : 2, result.Error);
        result.Error.Should().Contain(expected);
        (await File.ReadAllTextAsync(Path.Combine(_folder.FullName, name.Length == 0 ? "counter.policy" : name))).Should().Be("srv r\n");
    }

    [BottomUpFact]
    public async Task Serve_OnFibersWhereTheyCannotBe_SaysSoOnceAndAnswers()
    {
        const string Fallback = "Guests cannot run on fibers here";
        Deploy("echo", "echo");
        Deploy("counter", "counter");
        await using var server =
            await ToolServer.StartAsync(ToolProcess.StartBottomUp("serve", "--execution", "fibers", _folder.FullName, "--listen", "127.0.0.1:0"));
        (await server.NextLogAsync(Fallback)).Should().Contain("they run on threads");
        (await PostAsync(server, "/echo", "hello")).Should().Be("hello");
        (await PostAsync(server, "/counter/a", "")).Should().Be("{\"name\":\"a\",\"value\":1}\n");
        (await server.StopAsync("TERM")).Should().Be(0);
        server.RestOfLog.Should().NotContain(Fallback);
    }

    [Theory]
    [InlineData(2, "--listen", "nowhere", "guests/bin/echo.wasm")]
    [InlineData(1, "nosuch")]
    [InlineData(1, "guests/bin/no_start.wasm")]
    [InlineData(1, "guests/bin/echo.wasm", "--listen", "192.0.2.1:0")]
    public async Task Serve_Mistake_EndsWithOneLine(int exitCode, params string[] arguments)
    {
        var result = await ToolProcess.InvokeAsync(["serve",
            .. arguments.Select(argument => argument.StartsWith("guests", StringComparison.Ordinal) ? Path.Combine(ToolProcess.Root, argument) : argument)]);
        result.ExitCode.Should().Be(exitCode, result.Error);
        result.Output.Should().BeEmpty();
        result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Should().ContainSingle(line => !line.StartsWith("info:", StringComparison.Ordinal));
    }

    private async Task<string> PostAsync(ToolServer server, string path, string body)
    {
        using var content = new StringContent(body);
        using var response = await _client.PostAsync(server.Address + path, content);
        return await response.Content.ReadAsStringAsync();
    }

    private void Deploy(string guest, string name)
    {
        var temporary = Path.Combine(_folder.FullName, ".new");
        File.Copy(ToolProcess.Guest(guest), temporary, overwrite: true);
        File.Move(temporary, Path.Combine(_folder.FullName, name + ".wasm"), overwrite: true);
    }
}
