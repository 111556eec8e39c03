namespace McpWorkers.Engine.Requests.Policy;

/// <summary>A path that a tool is to use: where it leads as it is spelled, and where with links followed.</summary>
/// <param name="Spelled">One, or where <c>~</c> may stand for itself, two; whole and normalised.</param>
/// <param name="Resolved">The same with links followed.</param>
/// <param name="Sure">It leads nowhere else.</param>
internal sealed record UsedPath(IReadOnlyList<string> Spelled, IReadOnlyList<string> Resolved, bool Sure, Below Below)
{
    public IEnumerable<string> All => Spelled.Concat(Resolved);

    public static UsedPath Of(string text, Place place, Below below)
    {
        List<string> spelled = [];
        List<string> resolved = [];
        bool sure = true;
        foreach (string spelling in Spellings(text, place))
        {
            string? whole = PolicyPath.Whole(spelling, place.Directory);
            // Links are followed in what was spelled: LINK/.. is not where LINK stands.
            string? real = whole is null ? null : place.Resolve(PolicyPath.Joined(spelling, place.Directory));
            sure &= real is not null;
            spelled.AddRange(whole is null ? [] : [whole]);
            resolved.AddRange(real is null ? [] : [real]);
        }

        return new(spelled, resolved, sure && !IsOfAnotherUser(text), below);
    }

    private static string[] Spellings(string text, Place place) =>
        text == "~" || text.StartsWith("~/", StringComparison.Ordinal) ? [text, place.Home.TrimEnd('/') + text[1..]] : [text];

    private static bool IsOfAnotherUser(string text) => text.Length > 1 && text[0] == '~' && text[1] != '/';
}

/// <summary>Whether what is below a path is used as well.</summary>
internal enum Below
{
    Nothing,

    /// <summary>Where it is a directory: a word of a command of which no more is known.</summary>
    Perhaps,
    All,
}
