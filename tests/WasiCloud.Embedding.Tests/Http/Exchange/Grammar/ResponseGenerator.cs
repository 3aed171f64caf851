using System.Globalization;
using System.Text;
using WasiCloud.Embedding.Http.Exchange;

namespace WasiCloud.Embedding.Tests.Http.Exchange.Grammar;

/// <summary>Makes up responses from the grammars of RFC 9110 section 5, RFC 9112 sections 4 to 7 and RFC 3875 section 6. A character is a byte.</summary>
internal sealed class ResponseGenerator(Random random, ResponseForm form)
{
    // field-name, then OWS field-value OWS: tokens, lists with empty elements, quoted strings, dates, obs-text (which has to be UTF-8 here), and nothing.
    private static readonly string[] Fields =
    [
        "A:", "a:b", "X-Y: \t one two \t", "!#$%&'*+-.^_`|~9: token", "ETag: W/\"a;=\\\"b\"", "Date: Sun, 06 Nov 1994 08:49:37 GMT",
        "Vary: , a ,, b ,", "Accept-Ranges:\tbytes",
        "Title: caf\u00c3\u00a9", "Set-Cookie: a=1; Path=/", "Set-Cookie: b=2", "Location: /there", "Keep-Alive: timeout=5",
        "Connection: x , y", "Trailer: z", "Link: <a>; rel=\"b,c\"",
    ];

    public string Generate()
    {
        var text = new StringBuilder();
        var isInterim = form == ResponseForm.Socket && random.Next(4) == 0;
        if (isInterim) text.Append(Pick("HTTP/1.1 100 Continue", "HTTP/1.1 103 Early Hints\r\nLink: </a>")).Append("\r\n\r\n");
        var status = Pick("200", "201", "404", "204", "205", "304", "599", "302");
        var line = form == ResponseForm.Cgi ? CgiStatus(status) : StatusLine(status);
        var lines = new List<string>();
        for (var count = random.Next(4); count > 0; count--) lines.Add(Pick(Fields));
        var body = Body(lines, line.StartsWith("HTTP/1.0", StringComparison.Ordinal), hasBody: status is not ("204" or "205" or "304"));
        if (form != ResponseForm.Cgi) lines.Insert(0, line);
        else if (line.Length > 0) lines.Insert(random.Next(lines.Count + 1), line);
        else if (lines.Count == 0) lines.Add("Content-Type: text/plain");
        foreach (var each in lines) text.Append(each).Append(Pick("\r\n", "\r\n", "\n"));
        return text.Append(Pick("\r\n", "\n")).Append(body).ToString();
    }

    private string StatusLine(string status) =>
        Pick("HTTP/1.1 ", "HTTP/1.1 ", "HTTP/1.0 ") + status + Pick(" OK", " ", " Not\tso \u00c3\u00a9", string.Empty);

    private string CgiStatus(string status) =>
        random.Next(3) == 0 ? string.Empty : Pick("Status:", "status: ", "STATUS:\t ") + status + Pick(" OK", string.Empty, " \u00c3\u00a9 ");

    // The framing fields, and a body for them. What a status forbids is tried as well.
    private string Body(List<string> lines, bool isVersion10, bool hasBody)
    {
        var content = hasBody || random.Next(4) == 0 ? Pick("hello", "\r\n\r\n", "a\0\u00ff", string.Empty) : string.Empty;
        switch (random.Next(form == ResponseForm.Socket ? 3 : 2))
        {
            case 0:
                return content;
            case 1:
                var length = content.Length.ToString(CultureInfo.InvariantCulture);
                lines.Insert(random.Next(lines.Count + 1),
                    Pick("Content-Length:", "content-length:") + Pick(" ", string.Empty, "\t") + length + Pick(" ", string.Empty));
                return content + (form == ResponseForm.Socket ? Pick(string.Empty, string.Empty, "beyond") : string.Empty);
            default:
                if (isVersion10) return content;
                lines.Insert(random.Next(lines.Count + 1), $"{Pick("Transfer-Encoding", "transfer-encoding")}: {Pick("chunked", "Chunked")}");
                return ChunkGrammar.Generate(random);
        }
    }

    private string Pick(params string[] choices) => Mutations.Pick(random, choices);
}
