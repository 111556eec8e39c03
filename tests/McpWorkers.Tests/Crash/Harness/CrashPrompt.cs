using System.Globalization;
using System.Text;

namespace McpWorkers.Tests.Crash;

/// <summary>A prompt for the simulated agent, and what must come of it whatever happens to the daemon meanwhile.</summary>
/// <param name="Output">The whole answer.</param>
/// <param name="ExitCode">The agent's.</param>
internal sealed record CrashPrompt(string Text, string Status, string Output, int ExitCode)
{
    /// <summary>One of the kinds, by chance: at once, after a while, long, in steps, failing, with processes left behind.</summary>
    public static CrashPrompt Next(Random random, string name) => random.Next(8) switch
    {
        0 => Good($"[[pace:fast]] [[text:{name}]]", name),
        1 => Good($"[[pace:fast]] [[sleep:{Seconds(random, 0.1, 2.5)}]] [[text:{name}]]", name),
        2 when random.Next(20_000, 400_000) is var bytes => Good($"[[pace:fast]] [[big:{bytes}]]", Numbered(bytes)),
        3 => Good($"[[pace:fast]] [[silence:{Seconds(random, 0.1, 1.5)}]] [[text:{name}]]", name),
        4 => new($"[[pace:fast]] [[text:{name}]] [[sleep:{Seconds(random, 0.1, 1)}]] [[result]] [[exit:3]]", "failed", name, 3),
        5 => Good($"[[pace:fast]] [[grandchild-setsid:600]] [[sleep:{Seconds(random, 0.1, 1)}]] [[text:{name}]]", name),
        6 => Good($"[[pace:fast]] [[grandchild-clean:600]] [[text:{name}]]", name),
        _ => Good($"[[pace:fast]] [[tool-open:{Seconds(random, 0.1, 1)}]] [[stderr:30000]] [[text:{name}]]", name),
    };

    private static CrashPrompt Good(string text, string output) => new(text, "completed", output, 0);

    private static string Seconds(Random random, double min, double max) =>
        (min + (random.NextDouble() * (max - min))).ToString("0.00", CultureInfo.InvariantCulture);

    /// <summary>What the directive <c>big</c> answers.</summary>
    private static string Numbered(int bytes)
    {
        var text = new StringBuilder(bytes + 16);
        for (int i = 0; text.Length < bytes; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{i:d9} ");
        }

        return text.ToString(0, bytes);
    }
}
