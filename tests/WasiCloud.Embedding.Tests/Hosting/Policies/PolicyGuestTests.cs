using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.Memory;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Policies;

/// <summary>Guests under the policies of host, module and request.</summary>
public sealed class PolicyGuestTests : IAsyncTest
{
    private const int RunsWithoutPolicy = 41;
    private const int NamesNothing = 42;

    private const string Importer = """(module (import "env" "say" (func)) (memory (export "memory") 1) (func (export "_start")))""";

    private readonly TestHost _host = Create();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData("/shared/new", "", Errno.NoEnt)]
    [InlineData("/shared/new", "/shared rwc", Errno.Success)]
    [InlineData("/shared/new", "/shared rw", Errno.Access)]
    [InlineData("/shared/new", "/shared c", Errno.Access)]
    [InlineData("/shared/new", "/shared/new rwc", Errno.Success)]
    [InlineData("/shared/new", "/shared rwc\n/shared/new -", Errno.NoEnt)]
    [InlineData("/tmp/new", "", Errno.Success)]
    [InlineData("/tmp/new", "/shared rwc", Errno.Success)]
    [InlineData("/tmp/new", "/ r", Errno.Success)]
    [InlineData("/tmp/new", "/tmp r", Errno.Access)]
    [InlineData("/tmp/new", "/tmp -", Errno.NoEnt)]
    [InlineData("/connection/new", "", Errno.NoEnt)]
    public async Task Creation_IsJudgedByTheModulesPolicy(string path, string policy, Errno expected)
    {
        var module = await _host.LoadTextAsync(
            OpenGuest.Text(path, writes: true, creates: true), new GuestModuleOptions { Policy = GuestPolicy.Parse(policy) });

        (await OpenGuest.ErrnoAsync(_host, module)).Should().Be(expected);
    }

    [Fact]
    public async Task SharedMount_WhereGuestsOwnThingsAre_NeedsALine()
    {
        await using var host = new TestHost(build: builder => builder.AddMount("/connection", FileAccess.ReadWrite, _ => new MemoryMount()));
        var module = await host.LoadTextAsync(OpenGuest.Text("/connection/new", writes: true, creates: true));

        (await OpenGuest.ErrnoAsync(host, module, With("/ rwc"))).Should().Be(Errno.NoEnt, "the mount is everybody's");
        (await OpenGuest.ErrnoAsync(host, module, With("/connection rwc"))).Should().Be(Errno.Success);
    }

    [Fact]
    public async Task Policies_OfHostModuleAndRequest_HaveToAgree()
    {
        await using var host = Create(options => options.Policy = GuestPolicy.Parse("/shared rwc"));
        var text = OpenGuest.Text("/shared/a/new", writes: true, creates: true);
        var free = await host.LoadTextAsync(text);
        var bound = await host.LoadTextAsync(text, new GuestModuleOptions { Policy = GuestPolicy.Parse("/ rw\n/shared/a rwc") });
        await MakeDirectoryAsync(host, "a");

        (await OpenGuest.ErrnoAsync(host, free)).Should().Be(Errno.Success);
        (await OpenGuest.ErrnoAsync(host, bound)).Should().Be(Errno.Success);
        (await OpenGuest.ErrnoAsync(host, bound, With("/shared/a r"))).Should().Be(Errno.Access);
        (await OpenGuest.ErrnoAsync(host, bound, With("/shared/b rwc"))).Should().Be(Errno.NoEnt);
        (await OpenGuest.ErrnoAsync(host, bound, With("/ rwc"))).Should().Be(Errno.Success);
        (await OpenGuest.ErrnoAsync(host, free, new InvocationRequest { Policy = GuestPolicy.Nothing })).Should().Be(Errno.NoEnt);
        (await OpenGuest.ErrnoAsync(host, free)).Should().Be(Errno.Success, "a policy ends with its guest");
    }

    [Fact]
    public async Task RequirePolicy_GuestWithout_IsRefused()
    {
        await using var host = Create(options => options.RequirePolicy = true);
        var module = await host.LoadTextAsync(OpenGuest.Text("/shared"));

        await host.Awaiting(it => it.RunAsync(module)).Should().ThrowAsync<InvalidOperationException>().WithMessage("*'text'*RequirePolicy*");
        host.Invoking(it => it.Host.StartDaemon(module, "daemon")).Should().Throw<InvalidOperationException>();
        (await OpenGuest.ErrnoAsync(host, module, With("/shared r"))).Should().Be(Errno.Success);
        host.Logs[RunsWithoutPolicy].Should().BeEmpty();
    }

    [Fact]
    public async Task NoPolicy_IsToldOnceForEachModule()
    {
        var module = await _host.LoadTextAsync(OpenGuest.Text("/shared"));

        for (var count = 0; count < 3; count++) await _host.RunAsync(module);

        _host.Logs[RunsWithoutPolicy].Should().ContainSingle().Which.Message.Should().Contain("text");
    }

    [Fact]
    public async Task Line_ThatNoMountHas_IsToldOnceWithTheNearestName()
    {
        var module = await _host.LoadTextAsync(OpenGuest.Text("/shared"));
        var request = With("/shard/a r\n/shared r\n/tmp/x r\n/connection -");

        for (var count = 0; count < 3; count++) await OpenGuest.ErrnoAsync(_host, module, request);

        _host.Logs[NamesNothing].Should().ContainSingle().Which.Message.Should().Contain("'/shard/a'").And.Contain("'/shared'");
    }

    [Fact]
    public async Task TenantLine_WhereTheMountHasNoParts_IsRefused()
    {
        var module = await _host.LoadTextAsync(OpenGuest.Text("/foreign"));

        await _host.Awaiting(it => it.RunAsync(module, With("/foreign r tenant"))).Should().ThrowAsync<ArgumentException>().WithMessage("*'/foreign'*");
    }

    [Theory]
    [InlineData("", "env.say")]
    [InlineData("import env.other", "env.say")]
    [InlineData("import other.*", "env.say")]
    public async Task Import_ThatThePolicyLacks_IsRefusedAtLoad(string policy, string named)
    {
        var load = () => _host.LoadTextAsync(Importer, new GuestModuleOptions { Policy = GuestPolicy.Parse(policy) });

        await load.Should().ThrowAsync<InvalidGuestModuleException>().WithMessage($"*policy*{named}*");
    }

    [Theory]
    [InlineData("import env.say")]
    [InlineData("import env.*")]
    [InlineData("import *")]
    public async Task Import_ThatThePolicyHas_IsThere(string policy)
    {
        var module = await _host.LoadTextAsync(Importer, new GuestModuleOptions { Policy = GuestPolicy.Parse(policy) });

        await _host.RunAsync(module);
        await _host.Awaiting(it => it.RunAsync(module, With("/shared r"))).Should().ThrowAsync<InvalidOperationException>().WithMessage("*env.say*");
    }

    private static InvocationRequest With(string policy) => new() { Policy = GuestPolicy.Parse(policy) };

    private static TestHost Create(Action<WasiCloudOptions>? configure = null) => new(
        configure,
        builder => builder
            .AddMount("/shared", FileAccess.ReadWrite, _ => new MemoryMount())
            .AddMount("/foreign", FileAccess.ReadWrite, _ => new TestMount())
            .AddImport("env", "say", () => { }));

    private static async Task MakeDirectoryAsync(TestHost host, string name)
    {
        var guest = await host.LoadTextAsync($$"""
            (module
              (import "wasi_snapshot_preview1" "path_create_directory" (func $mkdir (param i32 i32 i32) (result i32)))
              (memory (export "memory") 1)
              (data (i32.const 100) "shared/{{name}}")
              (func (export "_start")
                (if (call $mkdir (i32.const 3) (i32.const 100) (i32.const {{7 + name.Length}})) (then unreachable))))
            """);
        await host.RunAsync(guest);
    }
}
