namespace McpWorkers.Engine.Requests.Policy.Shell;

/// <summary>Options of more than a letter.</summary>
internal static class LongOptions
{
    /// <summary>Whether a word is one of them: cut short, as most programs take it, longer, as those of the same kind are, or with a value.</summary>
    /// <param name="names">With their hyphens.</param>
    public static bool Names(string word, IReadOnlyList<string> names)
    {
        if (word is not ['-', '-', _, ..])
        {
            return false;
        }

        int equals = word.IndexOf('=', StringComparison.Ordinal);
        string option = equals < 0 ? word : word[..equals];
        return names.Any(name => name.StartsWith(option, StringComparison.Ordinal) || option.StartsWith(name, StringComparison.Ordinal));
    }
}
