using System.Reflection;
using Xunit.Sdk;

namespace WasiCloud.Embedding.Tests.Preview1;

/// <summary>Which half of the host calls a test goes through. Both must give the same answers.</summary>
public enum HalfMode
{
    /// <summary>The mounts are synchronous, as memory is: calls complete on the guest's stack.</summary>
    Synchronous,

    /// <summary>The mounts wait at every step, as a database does: calls are suspended.</summary>
    Suspending,
}

/// <summary>Runs a theory once in each <see cref="HalfMode"/>.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BothHalvesAttribute : DataAttribute
{
    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => [[HalfMode.Synchronous], [HalfMode.Suspending]];
}
