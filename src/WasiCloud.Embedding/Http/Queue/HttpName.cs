using System.Globalization;
using System.Text;

namespace WasiCloud.Embedding.Http.Queue;

/// <summary>The name of a request's directory: a decimal number without leading zeros.</summary>
internal static class HttpName
{
    public static string Of(long id) => id.ToString(CultureInfo.InvariantCulture);

    /// <summary>The line that tells it.</summary>
    public static byte[] LineOf(long id) => Encoding.ASCII.GetBytes(Of(id) + "\n");

    public static bool TryParse(string name, out long id) =>
        long.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out id) && name[0] != '0';
}
