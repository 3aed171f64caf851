using System.IO.Pipelines;
using System.Text;

namespace WasiCloud.Embedding.Tests.Hosting.Daemons;

/// <summary>What tests of daemons send and read.</summary>
internal static class Requests
{
    public static InvocationRequest Get(string target) => new() { Target = target };

    public static InvocationRequest Post(string target, string body, bool isLengthKnown = true)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        return new InvocationRequest
        {
            Method = "POST",
            Target = target,
            Body = PipeReader.Create(new MemoryStream(bytes)),
            ContentLength = isLengthKnown ? bytes.Length : null
        };
    }

    public static async Task<string> ReadAsync(this InvocationResponse response)
    {
        using var body = new MemoryStream();
        await response.Body.CopyToAsync(body).WaitAsync(TestHost.Patience);
        return Encoding.UTF8.GetString(body.ToArray());
    }

    public static async Task<string> GetTextAsync(this GuestDaemon daemon, InvocationRequest request)
    {
        await using var response = await daemon.InvokeAsync(request).WaitAsync(TestHost.Patience);
        var text = await response.ReadAsync();
        await response.Completion.WaitAsync(TestHost.Patience);
        return text;
    }
}
