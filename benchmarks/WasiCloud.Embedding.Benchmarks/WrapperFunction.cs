using System.Text.Json;
using Wasmtime;

namespace WasiCloud.Embedding.Benchmarks;

/// <summary>
/// How a .NET program runs a WASI function today: the managed wrapper, its built-in WASI on host directories, one temporary folder per request.
/// </summary>
internal sealed class WrapperFunction : IDisposable
{
    private readonly Config _config = new Config().WithPoolingAllocationStrategy(new PoolingAllocationConfig());
    private readonly Wasmtime.Engine _engine;
    private readonly Module _module;
    private readonly Linker _linker;

    public WrapperFunction(byte[] wasm)
    {
        _engine = new Wasmtime.Engine(_config);
        _module = Module.FromBytes(_engine, "function", wasm);
        _linker = new Linker(_engine);
        _linker.DefineWasi();
    }

    /// <summary>Runs the guest once.</summary>
    /// <returns>What it wrote to <c>/response/json</c>.</returns>
    public string Invoke(byte[] body)
    {
        var folder = Directory.CreateTempSubdirectory("wrapper").FullName;
        try
        {
            var (request, response) = (Directory.CreateDirectory(Path.Combine(folder, "request")), Directory.CreateDirectory(Path.Combine(folder, "response")));
            File.WriteAllBytes(Path.Combine(request.FullName, "json"),
                JsonSerializer.SerializeToUtf8Bytes(new { method = "POST", body = System.Text.Encoding.UTF8.GetString(body) }));
            using var store = new Store(_engine);
            store.SetWasiConfiguration(new WasiConfiguration()
                .WithPreopenedDirectory(request.FullName, "/request", false)
                .WithPreopenedDirectory(response.FullName, "/response", true));
            _linker.Instantiate(store, _module).GetAction("_start")!();
            return File.ReadAllText(Path.Combine(response.FullName, "json"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public void Dispose()
    {
        _linker.Dispose();
        _module.Dispose();
        _engine.Dispose();
        _config.Dispose();
    }
}
