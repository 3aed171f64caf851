using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Http.Exchange;
using WasiCloud.Embedding.Http.Files;
using WasiCloud.Embedding.Mounts.Nodes;

namespace WasiCloud.Embedding.Http.Cgi;

/// <summary>The request in environment variables and on standard input, the response on standard output (RFC 3875).</summary>
internal sealed class CgiDelivery : IRequestDelivery
{
    public GuestStart Deliver(InvocationRequest request, InvocationExchange exchange, InvocationContext context, GuestModule module)
    {
        exchange.Response.Begin(ResponseForm.Cgi);
        var isQuery = request.ArgumentsFromQuery && request.Arguments.Count == 0;
        return new GuestStart(isQuery ? CgiVariables.ArgumentsOf(request) : request.Arguments, VariablesOf(request))
        {
            StandardInput = exchange.RequestBody.Claim().TryGet(out var body) ? new DescriptorFile(new PipeReaderHandle(body)) : new EmptyFile(),
            StandardOutput = new DescriptorFile(new ResponseTextHandle(exchange.Response)),
        };
    }

    // The application's own variables win.
    private static Dictionary<string, string> VariablesOf(InvocationRequest request)
    {
        var variables = CgiVariables.Of(request);
        foreach (var (name, value) in request.Environment) variables[name] = value;
        return variables;
    }
}
