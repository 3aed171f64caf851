using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Imports;

// Calls that run the guest on the test's own thread are what is tested.
#pragma warning disable VSTHRD103

/// <summary>Functions of the application that call guests, the one that waits for them among them.</summary>
public class ReentrantImportTests
{
    [Theory]
    [InlineData("call")]
    [InlineData("call-async")]
    [InlineData("read")]
    [InlineData("find")]
    [InlineData("size")]
    public async Task Handler_ThatUsesTheInstanceThatWaitsForIt_IsRefused(string use)
    {
        GuestInstance? self = null;
        GuestFunction? idle = null;
        await using var host = new TestHost(build: builder => builder.AddImport("env", "wait", async (GuestAsyncCaller caller, int address, int length) =>
        {
            await Task.Yield();
            await UseAsync(self!, idle!, use);
            return 7;
        }));
        await using var instance = self = await host.StartTextAsync(WaitingGuests.Reactor);
        idle = instance.GetFunction("idle");
        var go = instance.GetFunction<int, int, int>("go");

        (await go.Awaiting(it => it.CallAsync(0, 0).WaitAsync(TestHost.Patience)).Should().ThrowAsync<GuestTrapException>())
            .WithInnerException<InvalidOperationException>().WithMessage("*is calling this function*");
    }

    [Fact]
    public async Task Handler_ThatUsesTheInstanceByWayOfAnother_IsRefused()
    {
        GuestInstance? first = null, second = null;
        await using var host = new TestHost(build: builder => builder.AddImport("env", "wait", async (GuestAsyncCaller caller, int address, int length) =>
        {
            await Task.Yield();
            return address == 0
                ? await second!.GetFunction<int, int, int>("go").CallAsync(1, 0)
                : await first!.GetFunction<int, int, int>("go").CallAsync(2, 0);
        }));
        var module = await host.LoadTextAsync(WaitingGuests.Reactor);
        await using var one = first = await host.Host.StartAsync(module, new InvocationRequest());
        await using var two = second = await host.Host.StartAsync(module, new InvocationRequest());

        var call = one.GetFunction<int, int, int>("go").CallAsync(0, 0);
        var failure = (await call.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<GuestTrapException>()).Which;

        failure.InnerException.Should().BeOfType<GuestTrapException>("the second failed").Which.InnerException
            .Should().BeOfType<InvalidOperationException>().Which.Message.Should().Contain("is calling this function");
    }

    [Fact]
    public async Task Handler_ThatUsesAnotherInstance_GetsItsAnswer()
    {
        GuestInstance? other = null;
        await using var host = new TestHost(
            options => options.MaxComputingGuests = 1,
            builder => builder.AddImport("env", "wait", async (GuestAsyncCaller caller, int address, int length) =>
            {
                await Task.Yield();
                return address == 0 ? 6 + await other!.GetFunction<int>("idle").CallAsync() : throw new InvalidOperationException();
            }));
        await using var instance = await host.StartTextAsync(WaitingGuests.Reactor);
        await using var second = other = await host.StartTextAsync(WaitingGuests.Reactor);

        instance.GetFunction<int, int, int>("go").Call(0, 0).Should().Be(7);
        (await instance.GetFunction<int, int, int>("go").CallAsync(0, 0)).Should().Be(7);
    }

    // What a handler leaves behind is no part of the call.
    [Fact]
    public async Task WorkThatOutlivesTheCall_MayUseTheInstance()
    {
        var released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        GuestInstance? self = null;
        Task<int>? later = null;
        await using var host = new TestHost(build: builder => builder.AddImport("env", "wait", async (GuestAsyncCaller caller, int address, int length) =>
        {
            later = Task.Run(async () =>
            {
                await released.Task;
                return await self!.GetFunction<int>("idle").CallAsync();
            });
            await Task.Yield();
            return 7;
        }));
        await using var instance = self = await host.StartTextAsync(WaitingGuests.Reactor);
        instance.GetFunction<int, int, int>("go").Call(0, 0).Should().Be(7);

        released.SetResult();

        (await later!.WaitAsync(TestHost.Patience)).Should().Be(1);
    }

    private static async Task UseAsync(GuestInstance instance, GuestFunction idle, string use)
    {
        switch (use)
        {
            case "call":
                idle.Call();
                break;
            case "call-async":
                await idle.CallAsync();
                break;
            case "read":
                instance.ReadMemory(0, new byte[1]);
                break;
            case "find":
                instance.GetFunction("idle");
                break;
            default:
                _ = instance.MemoryBytes;
                break;
        }
    }
}
