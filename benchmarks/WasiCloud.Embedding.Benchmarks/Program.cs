using BenchmarkDotNet.Running;
using WasiCloud.Embedding.Benchmarks.Gauge;
using WasiCloud.Embedding.Benchmarks.Overload;

if (args is [GaugeCommand.Name, ..]) return await GaugeCommand.RunAsync(args[1..]);
if (args is [OverloadCommand.Name, ..]) return await OverloadCommand.RunAsync(args[1..]);
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
