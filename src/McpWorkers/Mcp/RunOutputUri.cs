using System.Globalization;

namespace McpWorkers.Mcp;

/// <summary>Addresses of runs' outputs: <c>mcpworkers://runs/{run_id}/output?cursor=N</c>, N in characters.</summary>
internal static class RunOutputUri
{
    public const string Template = Prefix + "{run_id}" + Suffix + "{?cursor}";

    private const string Prefix = "mcpworkers://runs/";
    private const string Suffix = "/output";
    private const string Query = "?cursor=";

    public static string Of(string runId, long cursor) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{runId}{Suffix}{Query}{cursor}");

    public static bool TryParse(string uri, out string runId, out long cursor)
    {
        cursor = 0;
        runId = "";
        if (!uri.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return false;
        }

        string rest = uri[Prefix.Length..];
        int query = rest.IndexOf('?', StringComparison.Ordinal);
        if (query >= 0)
        {
            if (!rest[query..].StartsWith(Query, StringComparison.Ordinal)
                || !long.TryParse(rest[(query + Query.Length)..], NumberStyles.None, CultureInfo.InvariantCulture, out cursor))
            {
                return false;
            }

            rest = rest[..query];
        }

        if (!rest.EndsWith(Suffix, StringComparison.Ordinal))
        {
            return false;
        }

        runId = rest[..^Suffix.Length];
        return runId.Length > 0 && runId.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
    }
}
