using System.Net;
using FluentAssertions;
using WasiCloud.Embedding.AspNetCore.Tests.Infrastructure;
using Xunit;

namespace WasiCloud.Embedding.AspNetCore.Tests;

/// <summary>The tenants sample as a process of its own: what its hostile guest tries, and what comes of it.</summary>
public sealed class TenantSampleTests : IDisposable
{
    // Each try, and the errno.
    private static readonly (string Try, string Errno)[] s_tries =
    [
        ("read /beta/kv/local/counter/visits", "ENOENT"),
        ("create /beta/kv/local/mine", "OK"),
        ("read /beta/kv/local/mine", "OK"),
        ("read /beta/kv/local/.tenant/alice/counter/visits", "ENOENT"),
        ("list /beta/kv/local/.tenant", "ENOENT"),
        ("read /beta/kv/local/.meta/.tenant/alice/counter/visits", "ENOENT"),
        ("read /beta/kv/local/../../kv/local/.tenant/alice/counter/visits", "ENOENT"),
        ("mkdir /beta/kv/local/.tenant", "EACCES"),
        ("read /beta/kv/internal/key", "ENOENT"),
        ("create /beta/kv/internal/key", "ENOENT"),
        ("list /beta/kv/internal", "ENOENT"),
        ("mkdir /beta/kv/other", "ENOENT"),
        ("read /srv/shared/notice.txt", "OK"),
        ("create /srv/shared/new", "EROFS"),
        ("unlink /srv/shared/notice.txt", "EROFS"),
        ("read /srv/modules/alice/counter.wasm", "ENOENT"),
        ("stat /srv/modules", "ENOENT"),
        ("read /srv/shared/../modules/alice/counter.wasm", "ENOENT"),
        ("read /srv/shared/../../../../etc/passwd", "ENOTCAPABLE"),
        ("list /srv", "OK"),
        ("list /beta/secrets", "ENOENT"),
        ("rename /beta/kv/local/mine /srv/shared/mine", "EXDEV"),
        ("rename /beta/kv/local/mine /beta/kv/local/.tenant/alice/mine", "ENOENT"),
        ("link /srv/shared/notice.txt /tmp/notice", "EXDEV"),
        ("create /tmp/own", "OK"),
    ];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("wasicloud-tenants-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Tenants_HaveTheirOwn_AndAHostileGuestGetsNothingElse()
    {
        using var sample = await SampleProcess.StartAsync("TenantSample", TestFolders.ModuleCache, "--Database", Path.Combine(_folder.FullName, "tenants.db"));

        (await SendAsync(sample, HttpMethod.Post, "/alice/counter/visits", "alice-key")).Should().Be("{\"name\":\"visits\",\"value\":1}\n");
        (await SendAsync(sample, HttpMethod.Get, "/bob/counter/visits", "bob-key")).Should().Be("{\"name\":\"visits\",\"value\":0}\n");
        var told = await SendAsync(sample, HttpMethod.Post, "/bob/escape", "bob-key", string.Join('\n', s_tries.Select(it => it.Try)));
        told.Split('\n', StringSplitOptions.RemoveEmptyEntries).Should().Equal(s_tries.Select(it => $"{it.Try}: {it.Errno}"));
        (await SendAsync(sample, HttpMethod.Get, "/alice/counter/visits", "alice-key")).Should().Be("{\"name\":\"visits\",\"value\":1}\n");

        foreach (var (path, key, expected) in new[]
        {
            ("/alice/counter/visits", "bob-key", HttpStatusCode.Forbidden), ("/alice/counter/visits", "", HttpStatusCode.Forbidden),
            ("/alice/escape", "alice-key", HttpStatusCode.NotFound), ("/bob/guestbook", "bob-key", HttpStatusCode.NotFound),
        })
        {
            using var message = Message(HttpMethod.Get, path, key);
            using var response = await sample.Client.SendAsync(message);
            response.StatusCode.Should().Be(expected, "{0} with '{1}'", path, key);
        }

        (await sample.StopAsync()).Should().Be(0);
    }

    private static async Task<string> SendAsync(SampleProcess sample, HttpMethod method, string path, string key, string? body = null)
    {
        using var message = Message(method, path, key);
        if (body is not null) message.Content = new StringContent(body);
        using var response = await sample.Client.SendAsync(message);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsStringAsync();
    }

    private static HttpRequestMessage Message(HttpMethod method, string path, string key) => new(method, path) { Headers = { { "X-Api-Key", key } } };
}
