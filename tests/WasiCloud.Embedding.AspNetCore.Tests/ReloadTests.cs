using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using FluentAssertions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.AspNetCore.Tests.Infrastructure;
using Xunit;

namespace WasiCloud.Embedding.AspNetCore.Tests;

/// <summary>Modules that are replaced while clients use them.</summary>
public sealed class ReloadTests : IAsyncTest
{
    private const int Clients = 8;
    private const int Reloads = 20;
    private const int RequestsPerReload = 100;

    private readonly string _path = Path.Combine(TestFolders.Create(), "guest.wasm");
    private readonly WebApplication _app;

    public ReloadTests() => _app = Build(server => server.Listen(IPAddress.Loopback, 0));

    private IInvocationHost Host => _app.Services.GetRequiredService<IInvocationHost>();

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task MapGuest_FileReplacedUnderLoad_LosesNoRequest()
    {
        Write(0);
        await using var source = GuestModuleSource.File(_path, reload: true);
        _app.MapGuest("/", source);
        using var replaced = new SemaphoreSlim(0);
        source.Changed += (_, _) =>
        {
            // The first module replaces nothing.
            if (source.Reloads > 0) replaced.Release();
        };

        await LoadAsync(async version =>
        {
            Write(version);
            if (!await replaced.WaitAsync(TestLimits.Patience)) throw new TimeoutException("Nothing was reloaded.");
        });

        source.Reloads.Should().Be(Reloads);
        source.LastFailure.Should().BeNull();
    }

    // As an application does it that knows nothing of sources.
    [Fact]
    public async Task MapGuest_ModuleDisposedUnderLoadByWhoChoosesIt_LosesNoRequest()
    {
        var current = await Host.LoadAsync(TestGuests.Say("0"), "guest");
        _app.MapGuest("/", async _ =>
        {
            var chosen = Volatile.Read(ref current);
            await Task.Yield();
            return chosen;
        });

        await LoadAsync(async version => Interlocked.Exchange(ref current, await Host.LoadAsync(TestGuests.Say(Text(version)), "guest")).Dispose());

        current.Dispose();
    }

    [Fact]
    public async Task MapGuest_ChoiceThatIsDisposedForGood_IsAskedOnceMoreAndFails()
    {
        var gone = await Host.LoadAsync(TestGuests.Say("0"), "guest");
        gone.Dispose();
        var choices = 0;
        _app.MapGuest("/", _ =>
        {
            choices++;
            return new ValueTask<GuestModule>(gone);
        });
        await _app.StartAsync();
        using var client = CreateClient();

        using var response = await client.GetAsync("/");

        response.StatusCode.Should().Be(HttpStatusCode.InternalServerError);
        choices.Should().Be(2);
    }

    [Fact]
    public async Task MapGuest_FileThatCannotBeLoaded_DoesNotStart()
    {
        await File.WriteAllTextAsync(_path, "text");
        await using var source = GuestModuleSource.File(_path);
        _app.MapGuest("/", source);

        await _app.Awaiting(it => it.StartAsync()).Should().ThrowAsync<InvalidGuestModuleException>().WithMessage("*00 61 73 6D*");
    }

    [Fact]
    public async Task MapGuest_FileThatIsNotThere_DoesNotStart()
    {
        await using var source = GuestModuleSource.File(_path, reload: true);
        _app.MapGuest("/", source);

        await _app.Awaiting(it => it.StartAsync()).Should().ThrowAsync<FileNotFoundException>().WithMessage($"There is no file '{_path}'.");
    }

    [Fact]
    public async Task MapGuest_SourceOfAReactor_DoesNotStart()
    {
        await using var source = GuestModuleSource.Bytes(TestGuests.Named("no_start"), "reactor");
        _app.MapGuest("/", source);

        await _app.Awaiting(it => it.StartAsync()).Should().ThrowAsync<InvalidGuestModuleException>().WithMessage("*'_start'*reactor*");
    }

    [Fact]
    public async Task MapGuest_OneSourceForSeveralRoutes_IsLoadedOnce()
    {
        Write(5);
        await using var source = GuestModuleSource.File(_path);
        _app.MapGuest("/a", source);
        _app.MapGuest("/b", source);
        await _app.StartAsync();
        using var client = CreateClient();

        (await client.GetStringAsync("/a")).Should().Be("5");
        (await client.GetStringAsync("/b")).Should().Be("5");
    }

    [Fact]
    public async Task MapGuestWebSocket_FileReplaced_KeepsTheConnectionsAndGivesTheNewModuleToTheNext()
    {
        Replace(TestGuests.EchoMessages);
        await using var source = GuestModuleSource.File(_path, reload: true);
        _app.UseWebSockets();
        _app.MapGuestWebSocket("/", source);
        var replaced = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _app.StartAsync();
        source.Changed += (_, _) => replaced.TrySetResult();
        using var old = await ConnectAsync();
        (await AskAsync(old, "first")).Should().Be("first");

        Replace(TestGuests.GreetConnection);
        await replaced.Task.WaitAsync(TestLimits.Patience);

        (await AskAsync(old, "second")).Should().Be("second");
        using var next = await ConnectAsync();
        (await ReceiveAsync(next)).Should().StartWith("{");
        (await AskAsync(old, "third")).Should().Be("third");
    }

    [Fact]
    public async Task UseGuestConnection_FileReplaced_GivesTheNewModuleToTheNextConnection()
    {
        Replace(TestGuests.Named("connection"));
        await using var source = GuestModuleSource.File(_path, reload: true);
        await using var app = Build(
            server => server.Listen(IPAddress.Loopback, 0, listener => listener.UseGuestConnection(source, guest => guest.Arguments = ["stream"])));
        await app.StartAsync();
        await app.Services.GetRequiredService<IInvocationHost>().OpenAsync(source).WaitAsync(TestLimits.Patience);
        var replaced = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        source.Changed += (_, _) => replaced.TrySetResult();
        using var old = await ConnectToAsync(app);
        await EchoAsync(old);

        Replace(TestGuests.Named("empty"));
        await replaced.Task.WaitAsync(TestLimits.Patience);

        await EchoAsync(old);
        using var next = await ConnectToAsync(app);
        (await next.GetStream().ReadAsync(new byte[1]).AsTask().WaitAsync(TestLimits.Patience)).Should().Be(0, "the new module ends at once");
        await EchoAsync(old);
    }

    private static WebApplication Build(Action<KestrelServerOptions> listen)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(listen);
        builder.Services.AddRouting();
        builder.Services
            .AddWasiCloud(options => (options.MaxConcurrentInvocations, options.ModuleCacheFolder, options.Execution) = (4, null, TestExecution.Value))
            .AddRequestResponseFiles()
            .AddConnectionFiles();
        return builder.Build();
    }

    private static async Task<TcpClient> ConnectToAsync(WebApplication app)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, new Uri(app.Urls.First()).Port);
        return client;
    }

    private static async Task EchoAsync(TcpClient client)
    {
        var received = new byte[4];
        await client.GetStream().WriteAsync("some"u8.ToArray());
        await client.GetStream().ReadExactlyAsync(received).AsTask().WaitAsync(TestLimits.Patience);
        received.Should().Equal("some"u8.ToArray());
    }

    private static string Text(int version) => version.ToString(CultureInfo.InvariantCulture);

    // Clients that ask all the time, and versions one after another: every answer is of the version that was announced when it was asked for, or of the next.
    private async Task LoadAsync(Func<int, Task> replaceAsync)
    {
        await _app.StartAsync();
        using var client = CreateClient();
        var (announced, begun, answers, isOver) = (0, 0, 0, false);
        var clients = Enumerable.Range(0, Clients).Select(_ => Task.Run(async () =>
        {
            while (!Volatile.Read(ref isOver))
            {
                var first = Volatile.Read(ref announced);
                using var response = await client.GetAsync("/");
                var last = Volatile.Read(ref begun);
                response.StatusCode.Should().Be(HttpStatusCode.OK);
                int.Parse(await response.Content.ReadAsStringAsync(), CultureInfo.InvariantCulture).Should().BeInRange(first, last);
                Interlocked.Increment(ref answers);
            }
        })).ToArray();
        for (var version = 1; version <= Reloads; version++)
        {
            var before = Volatile.Read(ref answers);
            Volatile.Write(ref begun, version);
            await replaceAsync(version);
            Volatile.Write(ref announced, version);
            while (Volatile.Read(ref answers) < before + RequestsPerReload && !Array.Exists(clients, it => it.IsCompleted)) await Task.Delay(1);
        }

        Volatile.Write(ref isOver, true);
        await Task.WhenAll(clients);
        answers.Should().BeGreaterThan((Reloads * RequestsPerReload) - 1);
        (await client.GetStringAsync("/")).Should().Be(Text(Reloads));
    }

    private HttpClient CreateClient() => new() { BaseAddress = new Uri(_app.Urls.First()), Timeout = TestLimits.Patience };

    private async Task<WebSocket> ConnectAsync()
    {
        var socket = new ClientWebSocket();
        var address = new Uri(_app.Urls.First().Replace("http", "ws", StringComparison.Ordinal));
        await socket.ConnectAsync(address, CancellationToken.None).WaitAsync(TestLimits.Patience);
        return socket;
    }

    private static async Task<string> AskAsync(WebSocket socket, string text)
    {
        await socket.SendAsync(System.Text.Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        return await ReceiveAsync(socket);
    }

    private static async Task<string> ReceiveAsync(WebSocket socket)
    {
        var buffer = new byte[4096];
        var received = await socket.ReceiveAsync(buffer, CancellationToken.None).WaitAsync(TestLimits.Patience);
        return System.Text.Encoding.UTF8.GetString(buffer, 0, received.Count);
    }

    private void Write(int version) => Replace(TestGuests.Say(Text(version)));

    private void Replace(byte[] wasm)
    {
        File.WriteAllBytes(_path + ".new", wasm);
        File.Move(_path + ".new", _path, overwrite: true);
    }
}
