using FluentAssertions;
using WasiCloud.Embedding.Waiting;
using Xunit;

namespace WasiCloud.Embedding.Tests.Waiting;

public class ArrivalOrderTests
{
    private readonly LinkedList<int> _waiting = new(Enumerable.Range(0, 20));
    private ArrivalOrder _order;

    [Fact]
    public void Next_WaitsAreShort_IsTheFirst() => Take(10, ArrivalOrder.Long).Should().Equal(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);

    [Fact]
    public void Next_TheFirstHasWaitedForLong_IsTheLastButForOneInEight() =>
        Take(16, ArrivalOrder.Long + TimeSpan.FromTicks(1)).Should().Equal(19, 18, 17, 16, 15, 14, 13, 0, 12, 11, 10, 9, 8, 7, 6, 1);

    private List<int> Take(int count, TimeSpan firstWaited)
    {
        var taken = new List<int>();
        while (taken.Count < count)
        {
            var next = _order.Next(_waiting, firstWaited);
            taken.Add(next.Value);
            _waiting.Remove(next);
        }

        return taken;
    }
}
