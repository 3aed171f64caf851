using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace WasiCloud.Embedding.AspNetCore;

/// <summary>Lets Kestrel send field values of UTF-8, which it refuses by default, though RFC 9110 section 5.5 allows all bytes from 0x80 on.</summary>
internal static class ServerFieldEncoding
{
    /// <summary>Where the application has chosen no encoding for a field, it is UTF-8 from now on, also for fields of the application.</summary>
    public static void Allow(IServiceProvider services)
    {
        if (services.GetService<IOptions<KestrelServerOptions>>()?.Value is not { } options) return;
        if (options.ResponseHeaderEncodingSelector.Target is Selector) return;
        options.ResponseHeaderEncodingSelector = new Selector(options.ResponseHeaderEncodingSelector).Select;
    }

    private sealed class Selector(Func<string, Encoding?> application)
    {
        public Encoding Select(string name) => application(name) ?? Encoding.UTF8;
    }
}
