using System.Globalization;
using System.Text;

namespace McpWorkers.Tests.RealAgents;

/// <summary>The model server's long reply: words from xorshift32, so that a lost or doubled piece cannot go unseen.</summary>
internal static class LongText
{
    private const uint Seed = 12345;
    private const string Ending = "END";

    public static string OfLength(int length)
    {
        var text = new StringBuilder(length + 16);
        uint x = Seed;
        while (text.Length < length)
        {
            x ^= x << 13;
            x ^= x >> 17;
            x ^= x << 5;
            text.Append(CultureInfo.InvariantCulture, $"{x:x8} ");
        }

        return text.ToString(0, length - Ending.Length) + Ending;
    }
}
