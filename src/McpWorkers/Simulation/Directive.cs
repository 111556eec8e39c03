namespace McpWorkers.Simulation;

/// <summary>One thing that the simulated agent is told to do: <c>[[name]]</c> or <c>[[name:argument]]</c>.</summary>
internal sealed record Directive(string Name, string Argument)
{
    /// <summary>The name of the directive that a line of a script becomes which is no directive.</summary>
    public const string Raw = "raw";

    /// <summary>The directives in a prompt, in order. Other text, shell tests such as <c>[[ -f x ]]</c> included, is left alone.</summary>
    public static IReadOnlyList<Directive> InPrompt(string prompt)
    {
        var found = new List<Directive>();
        int at = 0;
        while ((at = prompt.IndexOf("[[", at, StringComparison.Ordinal)) >= 0)
        {
            int end = prompt.IndexOf("]]", at, StringComparison.Ordinal);
            if (end < 0)
            {
                break;
            }

            // "[[text:a [b]]]": the last two of a row of brackets close.
            while (end + 2 < prompt.Length && prompt[end + 2] == ']')
            {
                end++;
            }

            if (Parse(prompt[(at + 2)..end]) is { } directive)
            {
                found.Add(directive);
                at = end + 2;
            }
            else
            {
                at += 2;
            }
        }

        return found;
    }

    /// <summary>The steps of a script: a directive, or a line to be written as it stands. Empty lines and those with <c>#</c> are skipped.</summary>
    public static IReadOnlyList<Directive> InScript(string script)
    {
        var found = new List<Directive>();
        foreach (string each in script.Split('\n'))
        {
            string line = each.TrimEnd('\r');
            string trimmed = line.Trim();
            if (trimmed.Length == 0 || trimmed[0] == '#')
            {
                continue;
            }

            bool marked = trimmed.StartsWith("[[", StringComparison.Ordinal) && trimmed.EndsWith("]]", StringComparison.Ordinal);
            found.Add((marked ? Parse(trimmed[2..^2]) : null) ?? new Directive(Raw, line));
        }

        return found;
    }

    private static Directive? Parse(string inside)
    {
        int colon = inside.IndexOf(':', StringComparison.Ordinal);
        string name = colon < 0 ? inside : inside[..colon];
        return name.Length > 0 && char.IsAsciiLetterLower(name[0])
            && name.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')
            ? new(name, colon < 0 ? "" : inside[(colon + 1)..])
            : null;
    }
}

/// <summary>A directive that is unknown, or whose argument is not allowed. Becomes an error result.</summary>
internal sealed class DirectiveException(string message) : Exception(message);
