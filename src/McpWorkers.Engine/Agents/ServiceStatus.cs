using System.Globalization;
using System.Text.RegularExpressions;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Agents;

/// <summary>What the HTTP status of a model service means for a run. Only ever asked about a run that has failed.</summary>
internal static partial class ServiceStatus
{
    public static FailureKind ToFailure(int? status) => status switch
    {
        401 => FailureKind.Authentication,
        404 => FailureKind.ModelNotFound,
        429 => FailureKind.RateLimited,
        408 or >= 500 => FailureKind.ServiceUnavailable,
        >= 400 => FailureKind.InvalidRequest,
        _ => FailureKind.Error,
    };

    /// <summary>The same request would be refused again, however often it is tried.</summary>
    public static bool IsHopeless(int? status) => status is 400 or 401 or 403 or 404 or 413;

    /// <summary>The last status that a message names, as in <c>unexpected status 401 Unauthorized</c> or <c>"code":503</c>.</summary>
    public static int? FindLast(string text) =>
        Named().Matches(text) is { Count: > 0 } found
            ? int.Parse(found[^1].Groups[1].ValueSpan, CultureInfo.InvariantCulture)
            : null;

    [GeneratedRegex("""\b(?:status|statusCode|code)["']?:?\s*([45][0-9]{2})\b""", RegexOptions.CultureInvariant)]
    private static partial Regex Named();
}
