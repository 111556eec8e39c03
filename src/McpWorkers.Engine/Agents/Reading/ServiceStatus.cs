using System.Globalization;
using System.Text.RegularExpressions;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Agents.Reading;

/// <summary>What an answer of the model service means for a run: by its HTTP status, or by the words of a message about it.</summary>
internal static partial class ServiceStatus
{
    /// <summary>Words that agents use where they name no status, the most telling first.</summary>
    private static readonly (string Words, FailureKind Kind)[] Signs =
    [
        ("invalid_api_key", FailureKind.Authentication),
        ("Missing environment variable", FailureKind.Authentication),
        ("Not logged in", FailureKind.Authentication),
        ("Context is too large", FailureKind.InvalidRequest),
        ("invalid_request_error", FailureKind.InvalidRequest),
        ("rate limit", FailureKind.RateLimited),
        ("usage limit", FailureKind.RateLimited),
        ("Connection error", FailureKind.ServiceUnavailable),
        ("Connection failed", FailureKind.ServiceUnavailable),
        ("ECONNREFUSED", FailureKind.ServiceUnavailable),
        ("ECONNRESET", FailureKind.ServiceUnavailable),
        ("fetch failed", FailureKind.ServiceUnavailable),
        ("stream disconnected", FailureKind.ServiceUnavailable),
        ("stream ended", FailureKind.ServiceUnavailable),
        ("empty response", FailureKind.ServiceUnavailable),
        ("at capacity", FailureKind.ServiceUnavailable),
    ];

    /// <summary>
    /// 401 and 403 are both about authentication: this key or account may not do that, and only another one, or more rights, can help.
    /// </summary>
    public static FailureKind ToFailure(long? status) => status switch
    {
        401 or 403 => FailureKind.Authentication,
        404 => FailureKind.ModelNotFound,
        429 => FailureKind.RateLimited,
        408 or 409 or 425 or >= 500 => FailureKind.ServiceUnavailable,
        >= 400 => FailureKind.InvalidRequest,
        _ => FailureKind.Error,
    };

    /// <summary>The same request would be refused again, however often it is tried.</summary>
    public static bool IsHopeless(FailureKind kind) =>
        kind is FailureKind.Authentication or FailureKind.ModelNotFound or FailureKind.InvalidRequest;

    /// <summary>What a failure's message is about: by the status that it names, else by its words.</summary>
    public static FailureKind OfMessage(string message)
    {
        if (Find(message) is { } status)
        {
            return ToFailure(status);
        }

        foreach (var (words, kind) in Signs)
        {
            if (message.Contains(words, StringComparison.OrdinalIgnoreCase))
            {
                return kind;
            }
        }

        return FailureKind.Error;
    }

    /// <summary>
    /// The status at the head of a message, as in <c>401 bad key</c> and <c>API Error: 401 …</c>, else the last one that it names, as in
    /// <c>unexpected status 401 Unauthorized</c> or <c>"code":503</c>.
    /// </summary>
    public static int? Find(string text)
    {
        var found = Leading().Match(text);
        if (!found.Success)
        {
            found = Named().Match(text);
        }

        return found.Success ? int.Parse(found.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture) : null;
    }

    [GeneratedRegex(@"(?:^|API Error: )([45][0-9]{2})(?![0-9A-Za-z])", RegexOptions.CultureInvariant)]
    private static partial Regex Leading();

    [GeneratedRegex(
        """\b(?:status|statusCode|code)["']?:?\s*([45][0-9]{2})\b""", RegexOptions.CultureInvariant | RegexOptions.RightToLeft)]
    private static partial Regex Named();
}
