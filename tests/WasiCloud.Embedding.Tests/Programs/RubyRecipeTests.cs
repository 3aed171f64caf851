using System.IO.Pipelines;
using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.KeyValue.Memory;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Tests.Programs;

/// <summary>The recipes of docs/cookbook.md as <c>guests/ruby/recipes.rb</c> has them, in CRuby.</summary>
public sealed class RubyRecipeTests : IAsyncLifetime
{
    private const int Times = 50;

    private readonly MemoryKeyValueBackend _store = new();
    private readonly TestHost _host;
    private readonly string _recipes = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "guests", "recipes.rb"));
    private GuestModule? _module;

    public RubyRecipeTests() => _host = RubyInterpreter.CreateHost(_store);

    public async Task InitializeAsync()
    {
        // A skipped test has no interpreter to load.
        if (Environment.GetEnvironmentVariable(RubyFactAttribute.Variable) is { Length: > 0 } path) _module = await RubyInterpreter.LoadAsync(_host, path);
    }

    public async Task DisposeAsync()
    {
        _module?.Dispose();
        await _host.DisposeAsync();
    }

    [RubyFact]
    public async Task Recipes_OfTwoInterpreters_LoseNothing()
    {
        await Task.WhenAll(PutAsync("ada", "1000"), PutAsync("bob", "1000"));
        string Script(string transfer) => $$"""
            {{Times}}.times do
              {{transfer}}
              retrying { increment("swapped") }
              with_lock("locked") { increment("locked") }
              append("log", "a line\n")
              put_if_absent("first/#{put_if_absent("turn", "")}", "")
            end
            """;

        await using var left = await _host.Host.StartAsync(_module!, new InvocationRequest());
        await using var right = await _host.Host.StartAsync(_module!, new InvocationRequest());
        var interpreters = await Task.WhenAll(BootAsync(left), BootAsync(right));
        await Task.WhenAll(
            Task.Run(() => SucceedsAsync(interpreters[0], Script("""transfer("ada", "bob", 3)"""))),
            Task.Run(() => SucceedsAsync(interpreters[1], Script("""transfer("bob", "ada", 1)"""))));

        (await GetAsync("ada"), await GetAsync("bob")).Should().Be(("900", "1100"));
        (await GetAsync("swapped"), await GetAsync("locked"))
            .Should().Be(($"{2 * Times}", $"{2 * Times}"), "the lock keeps others away, so nothing is tried again under it");
        (await GetAsync("log")).Should().Be(string.Concat(Enumerable.Repeat("a line\n", 2 * Times)));
        (await GetAsync("first/true"), await GetAsync("first/false")).Should().Be((string.Empty, string.Empty));
    }

    [RubyFact]
    public async Task Recipes_OthersComeFirst_TryAgainOrSaySo()
    {
        await PutAsync("ada", "100");
        await RunAsync("""
            turns = 0
            transaction do |folder|
              balance = Integer(File.read("#{folder}/ada"))
              File.write("#{SCOPE}/ada", "60") if (turns += 1) == 1
              File.write("#{folder}/ada", balance - 5)
            end
            raise "#{turns} turns" unless turns == 2

            transfer("ada", "ada", 50)
            begin
              transfer("ada", "ada", 56)
              raise "too much was moved"
            rescue RangeError
              raise "a transaction is left" unless Dir.empty?("#{SCOPE}/.tx")
            end

            begin
              File.open("#{SCOPE}/ada", "r+") { |file| File.write("#{SCOPE}/ada", "70"); file.read; file.rewind; file.write("80") }
              raise "a newer value was replaced"
            rescue Errno::ESTALE
            end

            begin
              File.open("#{SCOPE}/new", File::WRONLY | File::CREAT | File::EXCL) { |file| File.write("#{SCOPE}/new", "theirs"); file.write("ours") }
              raise "an existing value was replaced"
            rescue Errno::EEXIST
            end
            expire("new", 60)
            """);

        (await GetAsync("ada"), await GetAsync("new")).Should().Be(("70", "theirs"));
        (await _store.GetAsync("new", int.MaxValue, CancellationToken.None))!.Expires.Should().NotBeNull();
    }

    [RubyFact]
    public async Task WaitFor_AKey_EndsWhenItIsPut()
    {
        var output = new Pipe();
        await using var instance = await _host.Host.StartAsync(_module!, new InvocationRequest { StandardOutput = output.Writer });
        var ruby = await BootAsync(instance);

        var waiting = Task.Run(() => SucceedsAsync(ruby, """wait_for("ready") { $stdout.puts "watching"; $stdout.flush }"""));
        using var lines = new StreamReader(output.Reader.AsStream());
        (await lines.ReadLineAsync().WaitAsync(TestHost.Patience)).Should().Be("watching");
        await PutAsync("ready-not", "only the prefix is the same");
        waiting.IsCompleted.Should().BeFalse();
        await PutAsync("ready", string.Empty);

        await waiting.WaitAsync(TestHost.Patience);
    }

    private async Task RunAsync(string script)
    {
        await using var instance = await _host.Host.StartAsync(_module!, new InvocationRequest());
        await SucceedsAsync(await BootAsync(instance), script);
    }

    private async Task<RubyInterpreter> BootAsync(GuestInstance instance)
    {
        var ruby = await RubyInterpreter.BootAsync(instance);
        await SucceedsAsync(ruby, _recipes);
        return ruby;
    }

    private async Task SucceedsAsync(RubyInterpreter ruby, string script) =>
        (await ruby.EvaluateAsync(script)).Should().Be(0, string.Join('\n', _host.Logs.Entries.Select(entry => entry.Message)));

    private async Task PutAsync(string key, string text) =>
        await _store.CommitAsync(new KeyValueBatch(KeyValueOperation.Put(key, Encoding.UTF8.GetBytes(text))), CancellationToken.None);

    private async Task<string?> GetAsync(string key) =>
        await _store.GetAsync(key, int.MaxValue, CancellationToken.None) is { Value: { } value } ? Encoding.UTF8.GetString(value.Span) : null;
}
