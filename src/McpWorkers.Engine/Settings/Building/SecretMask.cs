using System.Text.RegularExpressions;

namespace McpWorkers.Engine.Settings.Building;

/// <summary>Keeps what looks like a key or password out of what is shown.</summary>
internal static partial class SecretMask
{
    public const string Masked = "***";

    public static bool IsSecretName(string name) => SecretName().IsMatch(name);

    /// <summary>Masks <c>--api-key VALUE</c> and <c>--api-key=VALUE</c>.</summary>
    public static IEnumerable<string> Words(IReadOnlyList<string> words)
    {
        for (int i = 0; i < words.Count; i++)
        {
            string word = words[i];
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            bool follows = i > 0 && words[i - 1].StartsWith('-') && !words[i - 1].Contains('=', StringComparison.Ordinal) && IsSecretName(words[i - 1]);
            yield return equals > 0 && IsSecretName(word[..equals]) ? word[..(equals + 1)] + Masked
                : follows && !word.StartsWith('-') ? Masked
                : word;
        }
    }

    /// <summary>Keeps scheme, host and port of an address.</summary>
    public static string Address(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && (address.PathAndQuery is not "/" || address.UserInfo.Length > 0 || address.Fragment.Length > 0)
            ? $"{address.Scheme}://{address.Authority}/{Masked}"
            : text;

    // Whole words within the name: MAX_TOKENS and KEYBOARD are none.
    [GeneratedRegex("(^|[_-])(api_?key|key|token|secret|password|passwd|pwd|credentials?|auth|authorization|cookie|bearer)([_-]|$)|(key|token|secret|password)$",
        RegexOptions.IgnoreCase)]
    private static partial Regex SecretName();
}
