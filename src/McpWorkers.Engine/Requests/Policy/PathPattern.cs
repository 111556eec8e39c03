namespace McpWorkers.Engine.Requests.Policy;

/// <summary>One of a rule's paths, made whole. <c>**</c> is any number of directories, <c>*</c> and <c>?</c> stand within a name.</summary>
internal sealed class PathPattern
{
    private const string AnyDepth = "**";

    private readonly bool _ignoresCase;

    /// <summary>The same place as it is spelled, and as it is with links followed.</summary>
    private readonly List<string[]> _forms = [];

    private PathPattern(bool ignoresCase) => _ignoresCase = ignoresCase;

    /// <summary>For an allow rule. Only the links above the working directory are followed: one within it may have been made by who asks.</summary>
    public static PathPattern? Allowing(string text, Place place) => Of(text, place, denies: false);

    /// <summary>For a deny rule: all its links are followed, upper and lower case are the same, and a leading <c>**</c> means anywhere.</summary>
    public static PathPattern? Denying(string text, Place place) => Of(text, place, denies: true);

    /// <summary>Whether all that is used is meant: as it is spelled, and where that leads.</summary>
    public bool Covers(UsedPath used) =>
        used.Sure && used.All.Any() && used.All.All(path => _forms.Any(form => CoversPath(form, path, used.Below != Below.Nothing)));

    /// <summary>Whether any of it is meant. A directory means all that is in it.</summary>
    public Match Meets(UsedPath used)
    {
        var match = used.Sure ? Match.No : Match.Maybe;
        foreach (string path in used.All)
        {
            foreach (string[] form in _forms)
            {
                var met = MeetsPath(form, path, used.Below);
                match = met > match ? met : match;
            }
        }

        return match;
    }

    private static PathPattern? Of(string text, Place place, bool denies)
    {
        string spelled = text == "~" || text.StartsWith("~/", StringComparison.Ordinal) ? place.Home.TrimEnd('/', '\\') + text[1..] : text;
        bool anywhere = denies && spelled.StartsWith(AnyDepth, StringComparison.Ordinal);
        if (PolicyPath.Whole(anywhere && !place.IgnoresCase ? "/" + spelled : spelled, place.Directory) is not { } whole)
        {
            return null;
        }

        var pattern = new PathPattern(denies || place.IgnoresCase);
        pattern._forms.Add(Parts(whole));
        if (place.RealDirectory is { } real && PolicyPath.IsWithin(whole, place.Directory, place.IgnoresCase))
        {
            pattern._forms.Add([.. Parts(real), .. Parts(whole[place.Directory.Length..])]);
        }

        if (denies)
        {
            string[] known = [.. Parts(whole).TakeWhile(part => part.AsSpan().IndexOfAny('*', '?') < 0)];
            string prefix = PolicyPath.IsWindows(whole) ? string.Join('/', known) : "/" + string.Join('/', known);
            if (known.Length > 0 && place.Resolve(prefix) is { } led)
            {
                pattern._forms.Add([.. Parts(led), .. Parts(whole)[known.Length..]]);
            }
        }

        return pattern;
    }

    private bool CoversPath(string[] form, string path, bool withAllBelow) =>
        (!withAllBelow || form is [.., AnyDepth]) && After(form, Parts(path)).Contains(form.Length);

    private Match MeetsPath(string[] form, string path, Below below)
    {
        string[] parts = Parts(path);
        SortedSet<int> states = Closed(form, [0]);
        for (int i = 0; i <= parts.Length; i++)
        {
            if (states.Contains(form.Length))
            {
                return Match.Yes;
            }

            states = i < parts.Length ? Step(form, states, parts[i]) : states;
        }

        int firstAnyDepth = Array.IndexOf(form, AnyDepth);
        return below switch
        {
            Below.All when states.Count > 0 => Match.Maybe,
            // '**/x' could be below any word at all: that would say nothing.
            Below.Perhaps when states.Any(s => firstAnyDepth < 0 || s < firstAnyDepth) => Match.Maybe,
            _ => Match.No,
        };
    }

    private SortedSet<int> After(string[] form, string[] parts) => parts.Aggregate(Closed(form, [0]), (states, part) => Step(form, states, part));

    private SortedSet<int> Step(string[] form, SortedSet<int> states, string part)
    {
        SortedSet<int> next = [];
        foreach (int state in states.Where(s => s < form.Length))
        {
            if (form[state] == AnyDepth)
            {
                next.Add(state);
            }
            else if (Wildcards.Matches(form[state], part, _ignoresCase, '?'))
            {
                next.Add(state + 1);
            }
        }

        return Closed(form, next);
    }

    /// <summary>With the places that are reached because <c>**</c> may also be no directory at all.</summary>
    private static SortedSet<int> Closed(string[] form, SortedSet<int> states)
    {
        foreach (int state in states.ToArray())
        {
            for (int s = state; s < form.Length && form[s] == AnyDepth; s++)
            {
                states.Add(s + 1);
            }
        }

        return states;
    }

    private static string[] Parts(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries);
}
