using System.Text.RegularExpressions;

namespace McpWorkers.Engine.Model;

/// <summary>
/// Keeps tokens out of what is shown that are known by their place, whoever's they are: in headers, in addresses, and our own. A variable's name
/// in such a place (<c>$TOKEN</c>) is no token and stays.
/// </summary>
public static partial class SecretText
{
    public const string Masked = "***";

    public static string Mask(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        text = Header().Replace(text, "${head}" + Masked);
        text = UserInfo().Replace(text, "${head}" + Masked + "@");
        text = Query().Replace(text, "${head}" + Masked);
        return Own().Replace(text, Masked);
    }

    // With or without quotes, as in curl's argument, in JSON and in a dump of headers; a scheme before the value stays.
    [GeneratedRegex(
        """(?<head>(?:\b(?:authorization|x-api-key|api-key|x-goog-api-key|x-auth-token|cookie)\\?["']?\s*[:=]\s*\\?["']?(?:(?:bearer|basic|token)\s+)?|\bbearer\s+))[A-Za-z0-9._~+/=-]{12,}""",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: -1)]
    private static partial Regex Header();

    [GeneratedRegex("""(?<head>[a-z]://(?:[^\s/@:"'<>]{0,200}:)?)(?<=:)[^\s/@:"'<>$*]{4,500}@""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: -1)]
    private static partial Regex UserInfo();

    [GeneratedRegex(
        """(?<head>[?&#;](?:access_token|refresh_token|id_token|auth_token|token|api_?key|key|client_secret|secret|password|passwd|signature|sig|code)=)[^\s&#"'<>\\$*]{8,}""",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: -1)]
    private static partial Regex Query();

    [GeneratedRegex("mcpw_[A-Za-z0-9_-]{20,}", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: -1)]
    private static partial Regex Own();
}
