using System.Text.Json;
using FluentAssertions;
using Xunit;

namespace WasiCloud.Embedding.Programs.Tests;

/// <summary>Compare-and-swap for a web counter; the guest is <c>counter</c>.</summary>
public sealed class CounterTests(ProgramHost host) : IClassFixture<ProgramHost>
{
    private const int Requests = 400;

    [Fact]
    public async Task Post_ManyAtOnce_AnswersEachNumberOnce()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, Requests).Select(_ => host.RequestAsync("counter", "POST", "/counter/visits")));

        results.Select(ValueOf).Order().Should().Equal(Enumerable.Range(1, Requests));
        ValueOf(await host.RequestAsync("counter", "GET", "/counter/visits")).Should().Be(Requests);
    }

    private static int ValueOf(ProgramResult result)
    {
        result.Failure.Should().BeNull();
        return JsonSerializer.Deserialize<JsonElement>(result.Answer).GetProperty("value").GetInt32();
    }
}
