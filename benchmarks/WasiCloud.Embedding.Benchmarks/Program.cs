using BenchmarkDotNet.Running;
using WasiCloud.Embedding.Benchmarks.Gauge;

if (args is [GaugeCommand.Name, ..]) return await GaugeCommand.RunAsync(args[1..]);
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
