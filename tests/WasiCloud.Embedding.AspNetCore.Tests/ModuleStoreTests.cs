using System.Net;
using FluentAssertions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.AspNetCore.Tests.Infrastructure;
using Xunit;

namespace WasiCloud.Embedding.AspNetCore.Tests;

/// <summary>Modules of tenants, by route.</summary>
public sealed class ModuleStoreTests
{
    private readonly string _folder = TestFolders.Create();

    [Fact]
    public async Task MapGuest_OfAStore_AnswersByTenantAndModule()
    {
        Write("a", "x", TestGuests.Say("1"));
        Write("b", "x", TestGuests.Say("2"));
        Write("b", "bad", "text"u8.ToArray());
        Write("b", "context", TestGuests.ShowContext);
        await using var app = await StartAsync(builder => builder.AddModuleStore(_folder), (app, store) => app.MapGuest("/{tenant}/{module}/{**path}", store));
        using var client = CreateClient(app);

        (await client.GetStringAsync("/a/x/path")).Should().Be("1");
        (await client.GetStringAsync("/b/x")).Should().Be("2");
        (await StatusAsync(client, "/a/none")).Should().Be(HttpStatusCode.NotFound);
        (await StatusAsync(client, "/c/x")).Should().Be(HttpStatusCode.NotFound);
        (await StatusAsync(client, "/a/%2e%2e%2fb")).Should().Be(HttpStatusCode.NotFound);
        (await StatusAsync(client, "/a/x%00")).Should().BeOneOf(HttpStatusCode.NotFound, HttpStatusCode.BadRequest);
        (await StatusAsync(client, "/b/bad")).Should().Be(HttpStatusCode.InternalServerError);
        (await client.GetStringAsync("/b/context")).Should().StartWith("b ");
    }

    [Fact]
    public async Task MapGuest_OfARepositoryThatFails_Is503()
    {
        await using var app = await StartAsync(
            builder => builder.AddModuleStore((_, _, _) => throw new IOException("no repository")),
            (app, store) => app.MapGuest("/{module}", store, context => ("a", (string?)context.Request.RouteValues["module"])));
        using var client = CreateClient(app);

        (await StatusAsync(client, "/x")).Should().Be(HttpStatusCode.ServiceUnavailable);
    }

    [Fact]
    public async Task MapGuest_OfNoTenant_Is404()
    {
        Write("a", "x", TestGuests.Say("1"));
        await using var app = await StartAsync(
            builder => builder.AddModuleStore(_folder), (app, store) => app.MapGuest("/{module}", store, static context => (context.User.Identity?.Name, "x")));
        using var client = CreateClient(app);

        (await StatusAsync(client, "/x")).Should().Be(HttpStatusCode.NotFound);
    }

    private static async Task<WebApplication> StartAsync(Action<IWasiCloudBuilder> add, Action<WebApplication, GuestModuleStore> map)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static server => server.Listen(IPAddress.Loopback, 0));
        builder.Services.AddRouting();
        add(builder.Services
            .AddWasiCloud(options => (options.MaxConcurrentInvocations, options.ModuleCacheFolder, options.Execution) = (4, null, TestExecution.Value))
            .AddRequestResponseFiles().AddMount<ContextMount>("/context"));
        var app = builder.Build();
        map(app, app.Services.GetRequiredService<GuestModuleStore>());
        await app.StartAsync();
        return app;
    }

    private static HttpClient CreateClient(WebApplication app) => new() { BaseAddress = new Uri(app.Urls.First()), Timeout = TestLimits.Patience };

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client, string path)
    {
        using var response = await client.GetAsync(path);
        return response.StatusCode;
    }

    private void Write(string tenant, string name, byte[] wasm)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, tenant)).FullName;
        File.WriteAllBytes(Path.Combine(folder, name + ".wasm"), wasm);
    }
}
