using System.Buffers;
using System.Reflection;
using System.Runtime.CompilerServices;
using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.HostCalls;
using WasiCloud.Embedding.Preview1;
using WasiCloud.Embedding.Tests.Layering;
using WasiCloud.Embedding.Tests.Preview1;
using Xunit;

namespace WasiCloud.Embedding.Tests.HostCalls;

/// <summary>To whom guest memory is lent: to every handle of this library, and to nobody else.</summary>
public sealed class GuestMemoryLendingTests
{
    // Handles that pass what they are given on to code of others. There are none; whoever adds one names it here, and it gets a copy.
    private static readonly string[] s_copied = [];

    // The other packages have no handles, and cannot have one that borrows: they are not friends of the core (InternalsVisibleTo).
    private static readonly string[] s_assemblies = ["WasiCloud.Embedding", "WasiCloud.Embedding.Sqlite"];

    [Fact]
    public void Handles_OfThisLibrary_MayAllBorrowButThoseThatPassItOn()
    {
        var handles = ProductAssemblies().SelectMany(assembly => assembly.GetTypes())
            .Where(type => type.IsAssignableTo(typeof(FileHandle)) && !type.IsAbstract).ToList();

        // A handle's answer does not depend on anything that it holds.
        var copied = handles.Where(type => !((FileHandle)RuntimeHelpers.GetUninitializedObject(type)).MayBorrowGuestMemory);

        handles.Should().HaveCountGreaterThan(20);
        copied.Select(type => type.Name).Should().BeEquivalentTo(s_copied);
    }

    [Fact]
    public void Handle_OfAnApplication_IsNotLentGuestMemoryAndCannotAskForIt()
    {
        new Foreign().MayBorrowGuestMemory.Should().BeFalse();
        foreach (var name in new[] { nameof(FileHandle.MayBorrowGuestMemory), nameof(FileHandle.IsSynchronous) })
        {
            var property = typeof(FileHandle).GetProperty(name, BindingFlags.Instance | BindingFlags.NonPublic)!;
            property.GetMethod!.IsAssembly.Should().BeTrue("nobody outside can override it");
        }
    }

    /// <summary>What cannot leave the stack cannot be kept.</summary>
    [Fact]
    public void ImportCall_WhichShowsGuestMemory_CannotBeKept() => typeof(GuestImportCall).IsByRefLike.Should().BeTrue();

    /// <summary>Leases exist where the two that give them away can be read: in the pending halves of transfers and of <c>sock_recv</c>.</summary>
    [Fact]
    public void Lease_IsGivenToNobodyButTransfersAndSockets() =>
        TypeReferences.Of(typeof(GuestBuffers).Assembly.Location).Where(reference => reference.To is nameof(GuestBuffers) or nameof(GuestMemoryLease))
            .Select(reference => reference.From.Split('.', '+', '<')[0]).Distinct(StringComparer.Ordinal)
            .Should().BeEquivalentTo(
                nameof(GuestBuffers), nameof(GuestMemoryLease), nameof(Preview1Context), nameof(TransferFunctions), nameof(SocketFunctions));

    private static IEnumerable<Assembly> ProductAssemblies() =>
        s_assemblies.Select(name => Path.Combine(AppContext.BaseDirectory, name + ".dll")).Where(File.Exists).Select(Assembly.LoadFrom);

    private sealed class Foreign : FileHandle
    {
        public override ValueTask<FsResult<long>> WriteAsync(ReadOnlySequence<byte> source, long offset, CancellationToken cancellationToken) =>
            (FsResult<long>)source.Length;
    }
}
