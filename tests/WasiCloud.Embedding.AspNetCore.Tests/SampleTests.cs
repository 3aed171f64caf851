using System.Net;
using FluentAssertions;
using WasiCloud.Embedding.AspNetCore.Tests.Infrastructure;
using Xunit;

namespace WasiCloud.Embedding.AspNetCore.Tests;

public sealed class SampleTests
{
    [Fact]
    public async Task Sample_EveryRoute_AnswersAndTheStateSurvivesARestart()
    {
        var database = Path.Combine(TestFolders.Create(), "data", "app.db");
        using (var sample = await StartAsync(database))
        {
            (await sample.Client.GetStringAsync("/")).Should().Contain("/guestbook");
            (await PostAsync(sample, "/echo", "hello")).Should().Be("hello");
            (await PostAsync(sample, "/counter/visits", string.Empty)).Should().Be("{\"name\":\"visits\",\"value\":1}\n");
            (await PostAsync(sample, "/counter/visits", string.Empty)).Should().Be("{\"name\":\"visits\",\"value\":2}\n");
            (await PostAsync(sample, "/json", "{\"numbers\":[1,2,3]}")).Should().Contain("\"sum\":6");
            (await sample.Client.GetStringAsync("/go?from=test")).Should().Contain("Hello from Go").And.Contain("/go?from=test");
            using var form = new FormUrlEncodedContent([new("name", "Ada"), new("message", "<b>hello</b>")]);
            using var signed = await sample.Client.PostAsync("/guestbook", form);
            signed.StatusCode.Should().Be(HttpStatusCode.SeeOther);
            signed.Headers.Location!.ToString().Should().Be("/guestbook");
            (await sample.StopAsync()).Should().Be(0);
        }

        using (var sample = await StartAsync(database))
        {
            (await sample.Client.GetStringAsync("/counter/visits")).Should().Be("{\"name\":\"visits\",\"value\":2}\n");
            (await sample.Client.GetStringAsync("/guestbook")).Should().Contain("Ada").And.Contain("&lt;b&gt;hello&lt;/b&gt;");
            (await sample.StopAsync()).Should().Be(0);
        }
    }

    [Fact]
    public async Task Sample_WithAQuota_RefusesWhatIsBeyondIt()
    {
        using var sample = await StartAsync(Path.Combine(TestFolders.Create(), "data", "app.db"), "--KeyValue:Local:MaxStoredKeys", "1");
        (await PostAsync(sample, "/counter/one", string.Empty)).Should().Contain("\"value\":1");

        using var refused = await sample.Client.PostAsync("/counter/two", null);

        refused.StatusCode.Should().Be(HttpStatusCode.InternalServerError);
        (await PostAsync(sample, "/counter/one", string.Empty)).Should().Contain("\"value\":2");
        (await sample.StopAsync()).Should().Be(0);
    }

    private static Task<SampleProcess> StartAsync(string database, params string[] arguments) =>
        SampleProcess.StartAsync("AspNetCoreSample", TestFolders.ModuleCache, ["--KeyValue:Local:Connection", database, .. arguments]);

    private static async Task<string> PostAsync(SampleProcess sample, string path, string body)
    {
        using var content = new StringContent(body);
        using var response = await sample.Client.PostAsync(path, content);
        response.StatusCode.Should().Be(HttpStatusCode.OK);
        return await response.Content.ReadAsStringAsync();
    }
}
