using System.IO.Pipelines;
using System.Text;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.KeyValue.Memory;
using Xunit.Abstractions;

namespace WasiCloud.Embedding.Tests.Programs;

public class RubyTests(ITestOutputHelper output)
{
    private const string Script = """
        require "json"
        request = JSON.parse(File.read("/request/json"))
        order = JSON.parse(request.fetch("body"))
        total = order.fetch("items").sum { |item| item.fetch("price") * item.fetch("count") }
        Dir.mkdir("/beta/kv/local/orders")
        File.write("/beta/kv/local/orders/#{order.fetch("id")}", JSON.generate("total" => total, "method" => request.fetch("method")))
        $stdout.puts "ruby #{RUBY_VERSION} on #{RUBY_PLATFORM}: #{Dir.children("/beta/kv/local/orders").inspect}"
        $stdout.flush
        """;

    private static readonly byte[] s_order = """{"id":"a7","items":[{"price":250,"count":3},{"price":19,"count":2}]}"""u8.ToArray();

    private static string Module => Environment.GetEnvironmentVariable(RubyFactAttribute.Variable)!;

    [RubyFact]
    public async Task Script_ReadsTheRequest_WritesAKey()
    {
        var store = new MemoryKeyValueBackend();
        await using var host = RubyInterpreter.CreateHost(store);
        using var module = await RubyInterpreter.LoadAsync(host, Module);
        var standardOutput = new Pipe();
        var request = new InvocationRequest
        {
            Method = "POST",
            Body = PipeReader.Create(new MemoryStream(s_order)),
            ContentLength = s_order.Length,
            StandardOutput = standardOutput.Writer,
        };

        await using (var instance = await host.Host.StartAsync(module, request))
        {
            var ruby = await RubyInterpreter.BootAsync(instance);
            (await ruby.EvaluateAsync(Script)).Should().Be(0, string.Join('\n', host.Logs.Entries.Select(entry => entry.Message)));
            (await ruby.EvaluateAsync("raise 'again'")).Should().NotBe(0);
            (await ruby.EvaluateAsync("raise unless order['id'] == 'a7'")).Should().Be(0, "the interpreter lives on");
        }

        var entry = await store.GetAsync("orders/a7", int.MaxValue, CancellationToken.None);
        Encoding.UTF8.GetString(entry!.Value!.Value.Span).Should().Be("""{"total":788,"method":"POST"}""");
        await standardOutput.Writer.CompleteAsync();
        var written = Encoding.UTF8.GetString((await standardOutput.Reader.ReadAtLeastAsync(1)).Buffer);
        output.WriteLine(written);
        written.Should().StartWith("ruby 3.4.").And.EndWith("""wasm32-wasi: ["a7"]""" + "\n");
    }

    [RubyFact]
    public async Task Script_ThatUsesJavaScript_Traps()
    {
        await using var host = RubyInterpreter.CreateHost(new MemoryKeyValueBackend());
        using var module = await RubyInterpreter.LoadAsync(host, Module);
        await using var instance = await host.Host.StartAsync(module, new InvocationRequest());
        var ruby = await RubyInterpreter.BootAsync(instance);

        var failure = await ruby.Awaiting(it => it.EvaluateAsync("""require "/bundle/setup"; require "js"; JS.eval("1")"""))
            .Should().ThrowAsync<GuestTrapException>();

        failure.WithMessage("*rb-js-abi-host.*which this host does not offer*");
    }
}
