using System.IO.Pipelines;
using FluentAssertions;
using Xunit;

namespace WasiCloud.Embedding.Programs.Tests;

/// <summary>A program in AssemblyScript; the guest is <c>notes</c>.</summary>
public sealed class NotesTests(ProgramHost host) : IClassFixture<ProgramHost>
{
    [Theory]
    [InlineData(ProgramHost.Memory)]
    [InlineData(ProgramHost.HostDirectory)]
    [InlineData(ProgramHost.Values)]
    [InlineData(ProgramHost.StoredValues)]
    public async Task Notes_OfStandardInput_AreKeptAsFiles(string mount)
    {
        var input = new Pipe();
        await input.Writer.WriteAsync(
            "plan: rest\nÄrger: 世界 🌍\na title that no window of 64 bytes can hold with the entry around it: text\nplan: work\n"u8.ToArray());
        await input.Writer.CompleteAsync();

        var result = await host.RunAsync("notes", input.Reader, output: null, await host.CreatePlaceAsync(mount));

        result.Succeeds().Where(line => line.Contains(" = ", StringComparison.Ordinal)).Should().Equal(
            "a title that no window of 64 bytes can hold with the entry around it = text (4 bytes)", "plan = work (4 bytes)", "Ärger = 世界 🌍 (11 bytes)");
    }
}
