using System.CommandLine;
using WasiCloud.Tool;

var root = new RootCommand("Runs WebAssembly programs (WASI preview1) on virtual filesystems.") { RunCommand.Create() };
var configuration = new ParserConfiguration { ResponseFileTokenReplacer = null };
return await root.Parse(CommandLineSplit.BeforeModule(root, args), configuration).InvokeAsync().ConfigureAwait(false);
