using System.Text.RegularExpressions;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Quota;

/// <summary>Says what a text means by the rules of the settings. For any thread.</summary>
internal sealed partial class SignalTable
{
    /// <summary>Of a text as much is looked at, in characters.</summary>
    public const int TextMax = 4096;

    private const int MessageMax = 300;

    private readonly List<(SignalRule Rule, Regex Pattern)> _rules;

    private readonly TimeZoneInfo _zone;

    /// <param name="zone">In which agents tell times of day; null for this machine's.</param>
    /// <exception cref="ArgumentException">A pattern cannot be used.</exception>
    public SignalTable(IEnumerable<SignalRule> rules, TimeZoneInfo? zone = null)
    {
        _rules = [.. rules.Select(rule => (rule, rule.ToRegex()))];
        _zone = zone ?? TimeZoneInfo.Local;
    }

    /// <summary>Whether any rule asks for this: what nobody asks for need not be read.</summary>
    public bool Looks(string agent, SignalSource source) => _rules.Any(each => IsFor(each.Rule, agent, source));

    /// <summary>What a text means; null for nothing.</summary>
    /// <param name="stated">When the limit ends, where the adapter knows it; else the pattern may tell.</param>
    /// <param name="now">When it was said.</param>
    /// <param name="isOld">Nobody knows when that was: an end that counts from then tells nothing.</param>
    public SignalMatch? Match(string agent, SignalSource source, string text, DateTimeOffset now, DateTimeOffset? stated = null, bool isOld = false)
    {
        // A colour's escape ends in a letter, which would make one word with what follows it.
        string head = Escapes().Replace(text.Length > TextMax ? text[..TextMax] : text, "");
        SignalMatch? best = null;
        foreach (var (rule, pattern) in _rules)
        {
            if (!IsFor(rule, agent, source) || Find(pattern, head) is not { Success: true } found)
            {
                continue;
            }

            if (rule.Meaning == SignalMeaning.Ignore)
            {
                return null;
            }

            var resets = ResetText.Sensible(stated, now)
                ?? (IsReadable(rule.Reset, isOld) && found.Groups["reset"] is { Success: true } reset ? ResetText.Read(reset.Value, rule.Reset, now, _zone) : null);
            var match = new SignalMatch(rule.Meaning, new(rule.Name, OneLine(source == SignalSource.Stderr ? head : WithoutKind(head)), resets));
            best = best is null || Weight(match) > Weight(best) ? match : best;
        }

        return best;
    }

    private static bool IsReadable(ResetForm form, bool isOld) => isOld ? form is ResetForm.Epoch or ResetForm.Time : form != ResetForm.None;

    /// <summary>What says most: first when the limit ends, then that it is one.</summary>
    private static int Weight(SignalMatch match) => (match.Seen.ResetsAt is null ? 0 : 2) + (match.Meaning == SignalMeaning.Quota ? 1 : 0);

    private static bool IsFor(SignalRule rule, string agent, SignalSource source) => rule.Source == source && (rule.Agent == "*" || rule.Agent == agent);

    private static Match? Find(Regex pattern, string text)
    {
        try
        {
            return pattern.Match(text);
        }
        catch (RegexMatchTimeoutException)
        {
            return null;
        }
    }

    /// <summary>Without the word before it that says what kind of line it was.</summary>
    private static string WithoutKind(string text) =>
        text.IndexOf(": ", StringComparison.Ordinal) is > 0 and var end ? text[(end + 2)..] : text;

    private static string OneLine(string text)
    {
        string line = string.Join(' ', new string([.. text.Select(c => char.IsControl(c) ? ' ' : c)]).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length <= MessageMax ? line : line[..MessageMax] + "…";
    }

    [GeneratedRegex(@"\x1b\[[0-9;]*[A-Za-z]", RegexOptions.CultureInvariant)]
    private static partial Regex Escapes();
}

/// <param name="Meaning">Never <see cref="SignalMeaning.Ignore"/>.</param>
internal sealed record SignalMatch(SignalMeaning Meaning, LimitSeen Seen)
{
    /// <summary>It holds the pool now; else only once it has gone on for long.</summary>
    public bool IsAtOnce => Meaning == SignalMeaning.Quota || Seen.ResetsAt is not null;
}
