using FluentAssertions;
using Xunit;

namespace WasiCloud.Embedding.Tests;

public sealed class UseCountTests
{
    private UseCount _uses;

    [Fact]
    public void Close_Unused_IsToBeReleasedOnce()
    {
        _uses.Close().Should().BeTrue();

        _uses.Close().Should().BeFalse("it was released before");
        _uses.IsClosed.Should().BeTrue();
        _uses.TryBegin().Should().BeFalse();
    }

    [Fact]
    public void Close_Used_IsReleasedByTheLastEnd()
    {
        _uses.TryBegin().Should().BeTrue();
        _uses.TryBegin().Should().BeTrue();

        _uses.Close().Should().BeFalse();
        _uses.TryBegin().Should().BeFalse("nobody new gets what is closed");
        _uses.Begin();
        _uses.End().Should().BeFalse();
        _uses.End().Should().BeFalse();
        _uses.End().Should().BeTrue();
    }

    [Fact]
    public void End_NotClosed_ReleasesNothing()
    {
        _uses.TryBegin();

        _uses.End().Should().BeFalse();

        _uses.IsClosed.Should().BeFalse();
        _uses.TryBegin().Should().BeTrue();
    }

    [Fact]
    public async Task Close_WhileOthersBeginAndEnd_IsReleasedExactlyOnce()
    {
        for (var round = 0; round < 50; round++)
        {
            var (box, released) = (new Box(), 0);
            var users = Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
            {
                while (box.Uses.TryBegin())
                {
                    if (box.Uses.End()) Interlocked.Increment(ref released);
                }
            })).ToArray();
            await Task.Yield();
            if (box.Uses.Close()) Interlocked.Increment(ref released);

            await Task.WhenAll(users);

            released.Should().Be(1);
        }
    }

    private sealed class Box
    {
        public UseCount Uses;
    }
}
