using FluentAssertions;
using Xunit;

namespace WasiCloud.Embedding;

/// <summary>What xUnit must be told about the test classes of this project. In every test project.</summary>
public sealed class TestClassTests
{
    private static readonly Type[] s_fixtures = [typeof(IClassFixture<>), typeof(ICollectionFixture<>)];

    /// <summary>xUnit 2 disposes through these two and knows nothing of <see cref="IAsyncDisposable"/>: whoever is only that leaks its hosts.</summary>
    [Fact]
    public void TestClassesAndFixtures_ThatAreAsyncDisposable_AreDisposed() =>
        TestClasses().Concat(Fixtures()).Where(IsNeverDisposed).Should().BeEmpty();

    [Fact]
    public void IsNeverDisposed_OfWhatIsOnlyAsyncDisposable_SaysYes()
    {
        IsNeverDisposed(typeof(Leaking)).Should().BeTrue();
        IsNeverDisposed(typeof(Disposed)).Should().BeFalse();
        TestClasses().Should().Contain(typeof(TestClassTests));
    }

    private static bool IsNeverDisposed(Type type) =>
        type.IsAssignableTo(typeof(IAsyncDisposable)) && !type.IsAssignableTo(typeof(IAsyncLifetime)) && !type.IsAssignableTo(typeof(IDisposable));

    // Whatever has a test, its own or a base class's.
    private static IEnumerable<Type> TestClasses() => typeof(TestClassTests).Assembly.GetTypes()
        .Where(type => !type.IsAbstract && type.GetMethods().Any(method => method.IsDefined(typeof(FactAttribute), inherit: true)));

    private static IEnumerable<Type> Fixtures() => typeof(TestClassTests).Assembly.GetTypes().SelectMany(type => type.GetInterfaces())
        .Where(type => type.IsGenericType && s_fixtures.Contains(type.GetGenericTypeDefinition()))
        .Select(type => type.GetGenericArguments()[0]).Where(type => !type.IsGenericParameter);

    private abstract class Leaking : IAsyncDisposable
    {
        public abstract ValueTask DisposeAsync();
    }

    private abstract class Disposed : IAsyncTest
    {
        public abstract ValueTask DisposeAsync();
    }
}
