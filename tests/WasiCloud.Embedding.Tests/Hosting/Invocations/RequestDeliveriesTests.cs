using System.IO.Pipelines;
using FluentAssertions;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Hosting.Invocations;
using WasiCloud.Embedding.Http.Exchange;
using WasiCloud.Embedding.Tests.Http.Exchange;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Invocations;

/// <summary>What a guest of each interface is started with.</summary>
public sealed class RequestDeliveriesTests
{
    [Fact]
    public void Of_EveryInterface_IsOneOfItsOwn()
    {
        var interfaces = Enum.GetValues<GuestInterface>();

        interfaces.Select(RequestDeliveries.Of).Should().OnlyHaveUniqueItems().And.HaveCount(interfaces.Length);
        FluentActions.Invoking(() => RequestDeliveries.Of((GuestInterface)interfaces.Length)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void Files_NeedNothing()
    {
        var (start, request) = Deliver(GuestInterface.Files);

        start.Should().Be(new GuestStart(request.Arguments, request.Environment));
    }

    [Theory]
    [InlineData(null, false, false)]
    [InlineData(null, true, true)]
    [InlineData(false, true, false)]
    [InlineData(true, false, true)]
    public void Socket_IsAListenerWithOneRequest(bool? wanted, bool isGo, bool isNonBlocking)
    {
        var (start, request) = Deliver(GuestInterface.Socket, wanted, isGo);

        start.Descriptor!.RightsBase.Should().Be(Rights.ListeningSocket);
        start.Descriptor.IsNonBlocking.Should().Be(isNonBlocking);
        start.Environment.Should().Equal(new Dictionary<string, string>(StringComparer.Ordinal) { ["OWN"] = "1", ["LISTEN_FDS"] = "1" });
        (start.Arguments, start.StandardInput, start.StandardOutput, start.Port!.HasToldEnd).Should().Be((request.Arguments, null, null, false));
    }

    [Fact]
    public void Cgi_IsStandardStreamsAndVariables()
    {
        var (start, request) = Deliver(GuestInterface.Cgi);

        start.Environment.Should().Contain("OWN", "1").And.Contain("REQUEST_METHOD", "POST");
        (start.Arguments, start.Descriptor, start.Port).Should().Be((request.Arguments, null, null));
        (start.StandardInput, start.StandardOutput).Should().Match<(VirtualFile? Input, VirtualFile? Output)>(it => it.Input != null && it.Output != null);
    }

    private static (GuestStart Start, InvocationRequest Request) Deliver(GuestInterface way, bool? isNonBlocking = null, bool isGo = false)
    {
        var request = new InvocationRequest
        {
            Method = "POST",
            Interface = way,
            NonBlockingListener = isNonBlocking,
            Body = PipeReader.Create(Stream.Null),
            ContentLength = 0,
            Arguments = ["argument"],
            Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["OWN"] = "1" },
        };
        var exchange = new ExchangeFixture(request).Exchange;
        return (RequestDeliveries.Of(way).Deliver(request, exchange, new InvocationContext { Id = "test" }, new Module(isGo)), request);
    }

    private sealed class Module(bool isGo) : GuestModule("module", GuestModuleKind.Command)
    {
        internal override bool IsGo => isGo;

        protected override void Dispose(bool disposing)
        {
        }
    }
}
