using System.IO.Pipelines;
using FluentAssertions;
using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.Connections;
using WasiCloud.Embedding.HostCalls;
using WasiCloud.Embedding.Hosting.Connections;
using WasiCloud.Embedding.Http.Exchange;
using Xunit;

namespace WasiCloud.Embedding.Tests;

/// <summary>The record that a guest is invoked with: what a copy of it has, what equals it, and what it shows of itself.</summary>
public sealed class InvocationRequestTests
{
    [Fact]
    public void Copy_OfEverything_IsEqual()
    {
        var request = Full();

        (request with { }).Should().Be(request).And.NotBeSameAs(request);
        (request with { }).GetHashCode().Should().Be(request.GetHashCode());
    }

    /// <summary>Whatever property is added: it counts, and <see cref="Full"/> must have it.</summary>
    [Fact]
    public void Copy_OfWhichOneThingDiffers_IsNotEqual()
    {
        var (request, defaults) = (Full(), new InvocationRequest());
        foreach (var property in typeof(InvocationRequest).GetProperties().Where(property => property.CanWrite))
        {
            property.GetValue(request).Should().NotBe(property.GetValue(defaults), "{0} is set in this test", property.Name);
            var copy = request with { };
            property.SetValue(copy, property.GetValue(defaults));
            copy.Should().NotBe(request, "{0} differs", property.Name);
        }
    }

    [Fact]
    public void Collections_OfTheSameContent_AreNotEqual() =>
        new InvocationRequest { Arguments = ["a"] }.Should().NotBe(new InvocationRequest { Arguments = ["a"] }, "they are compared by reference");

    [Fact]
    public void ForConnection_ChangesWhatIsTheConnections()
    {
        var request = Full() with { Body = null, Timeout = null };
        using var stopping = new CancellationTokenSource();
        var port = new StreamPort(new GuestConnection(new Unconnected()), TimeProvider.System);

        var connection = request.ForConnection(port, TimeSpan.FromSeconds(5), stopping.Token);

        connection.Features.Should().Equal([.. request.Features, port]);
        (connection.Timeout, connection.MaxCpuTime, connection.Stopping, connection.ClientLeft, connection.ContentLength)
            .Should().Be((Timeout.InfiniteTimeSpan, TimeSpan.FromSeconds(5), stopping.Token, port.Left, null));
        (connection with { MaxCpuTime = request.MaxCpuTime, Stopping = request.Stopping, ClientLeft = request.ClientLeft, Features = request.Features })
            .Should().Be(request with { Timeout = Timeout.InfiniteTimeSpan, ContentLength = null }, "the rest is the application's");
    }

    /// <summary>Requests are logged by applications, and most of what they have is nobody else's business.</summary>
    [Fact]
    public void ToString_ShowsMethodAndPathOnly()
    {
        Full().ToString().Should().Be("POST /path");
        new InvocationRequest { Target = "/\u202e\n" }.ToString().Should().Be("GET /\\u{202e}\\u{a}");
    }

    [Theory]
    [InlineData("a")]
    [InlineData("tenant of 27 ways/and words")]
    [InlineData("日本語 \ud83d\ude00")]
    public void Tenant_OfOneLine_IsKept(string tenant) => new InvocationRequest { Tenant = tenant }.Tenant.Should().Be(tenant);

    [Theory]
    [InlineData("", "*is empty*")]
    [InlineData("a\0", "*not one line*")]
    [InlineData("a\nb", "*not one line*")]
    [InlineData("a\u0085b", "*not one line*")]
    [InlineData("a\u2028b", "*not one line*")]
    [InlineData("a\u202eb", "*not one line*")]
    [InlineData("a\u001b[2J", "*not one line*")]
    public void Tenant_OfAnythingElse_IsRefused(string tenant, string message)
    {
        var set = () => new InvocationRequest() with { Tenant = tenant };
        set.Should().Throw<ArgumentException>().WithMessage(message).Which.Message.Should().NotContainAny("\0", "\n", "\u202e", "\u001b");
        FluentActions.Invoking(() => new GuestDaemonOptions { Tenant = tenant }).Should().Throw<ArgumentException>().WithMessage(message);
    }

    /// <summary>Two that differ in halves of characters only would be the same bytes of UTF-8.</summary>
    [Theory]
    [InlineData('\ud83d', 'x')]
    [InlineData('x', '\ud83d')]
    [InlineData('\ude00', '\ud83d')]
    public void Tenant_WithHalfACharacter_IsRefused(char first, char second) =>
        FluentActions.Invoking(() => new InvocationRequest { Tenant = $"{first}{second}" }).Should().Throw<ArgumentException>().WithMessage("*not one line*");

    [Theory]
    [InlineData('x', 255)]
    [InlineData('\u00e9', 127)]
    [InlineData('\u20ac', 85)]
    public void Tenant_Length_IsOfBytes(char character, int most)
    {
        new InvocationRequest { Tenant = new string(character, most) }.Tenant.Should().HaveLength(most);
        FluentActions.Invoking(() => new InvocationRequest { Tenant = new string(character, most + 1) })
            .Should().Throw<ArgumentException>().WithMessage("*longer than 255 bytes*");
    }

    [Theory]
    [InlineData((GuestInterface)3)]
    [InlineData((GuestInterface)(-1))]
    public void Validate_UndefinedInterface_IsRefused(GuestInterface way) =>
        FluentActions.Invoking(() => RequestFields.Validate(new InvocationRequest { Interface = way }))
            .Should().Throw<ArgumentException>().WithMessage("Interface is*");

    private static InvocationRequest Full() => new()
    {
        Method = "POST",
        Scheme = "https",
        Authority = "host",
        Target = "/path?token=secret",
        Headers = new MessageHeaders { { "Authorization", "secret" } },
        Body = PipeReader.Create(Stream.Null),
        ContentLength = 1,
        Interface = GuestInterface.Cgi,
        NonBlockingListener = true,
        ScriptName = "/script",
        ArgumentsFromQuery = true,
        RemoteAddress = "::1",
        Arguments = ["secret"],
        Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["KEY"] = "secret" },
        StandardInput = PipeReader.Create(Stream.Null),
        StandardOutput = PipeWriter.Create(Stream.Null),
        StandardError = PipeWriter.Create(Stream.Null),
        Timeout = TimeSpan.FromSeconds(1),
        MaxCpuTime = TimeSpan.FromSeconds(2),
        Fuel = 3,
        Stopping = new CancellationToken(canceled: true),
        Features = ["feature"],
        Tenant = "tenant",
        Policy = GuestPolicy.Nothing,
        PolicyObserver = new GuestPolicyObserver(),
        Observer = new Watching(),
    };

    private sealed class Watching : HostCallObserver;

    private sealed class Unconnected : IDuplexPipe
    {
        public PipeReader Input { get; } = new Pipe().Reader;

        public PipeWriter Output { get; } = new Pipe().Writer;
    }
}
