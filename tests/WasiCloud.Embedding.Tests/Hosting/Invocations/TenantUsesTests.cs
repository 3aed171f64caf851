using System.Globalization;
using System.Runtime.CompilerServices;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.Hosting.Invocations;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Invocations;

public sealed class TenantUsesTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly TenantUses _uses;

    public TenantUsesTests() => _uses = new TenantUses(_time);

    [Fact]
    public void Of_TheSameTenant_IsTheSame()
    {
        _uses.Of("a").Should().BeSameAs(_uses.Of("a"));
        _uses.Of("a").Should().NotBeSameAs(_uses.Of("b"));
    }

    [Fact]
    public void Of_TenantsThatUseNothing_AreForgotten()
    {
        InventTenants(100_000);

        _uses.Count.Should().BeLessThan(100_000, "those of a few are collected at the latest when as many again have come");
    }

    [Fact]
    public void Of_ATenantThatHasUsedSomething_IsRememberedUntilTheSecondIsOver()
    {
        Log("a", 7);
        InventTenants(10_000);
        GC.Collect();
        InventTenants(10_000);

        _uses.Of("a").Logged.Sum.Should().Be(7);

        _time.Advance(TimeSpan.FromSeconds(1));
        _uses.Of("a").Logged.Sum.Should().Be(0);
    }

    [Fact]
    public void Of_ATenantWhoseGuestLives_IsTheSameThoughItWasForgotten()
    {
        var guest = _uses.Of("a");

        InventTenants(10_000);
        GC.Collect();
        InventTenants(10_000);

        _uses.Of("a").Should().BeSameAs(guest);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Log(string tenant, long characters) => _uses.Of(tenant).Logged.Add(characters);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void InventTenants(int count)
    {
        for (var index = 0; index < count; index++)
        {
            _uses.Of(index.ToString(CultureInfo.InvariantCulture));
            if (index % 5_000 == 0) GC.Collect();
        }
    }
}
