using System.Globalization;

namespace McpWorkers.Mcp.Resources;

internal enum ResourceKind
{
    /// <summary>All workers.</summary>
    Workers,

    /// <summary>One worker.</summary>
    Worker,

    /// <summary>A run's result.</summary>
    Run,

    /// <summary>A run's output, page by page.</summary>
    Output,

    /// <summary>What went on in a run, page by page.</summary>
    Log,

    /// <summary>What a worker's workspace holds.</summary>
    Changes,

    /// <summary>The same as a patch, page by page.</summary>
    Diff,
}

/// <summary>What an address of a resource names.</summary>
/// <param name="Id">Of the worker or run; empty for <see cref="ResourceKind.Workers"/>.</param>
/// <param name="Cursor">Of a page: in characters of the output, in bytes of the log or patch.</param>
/// <param name="Lines">How many lines a page of the log has at most.</param>
/// <param name="Bytes">How long a page of the patch is at most; zero for as much as a tool's result carries.</param>
/// <param name="Digest">Of the patch whose page it is; empty for whatever it is now.</param>
internal sealed record ResourceAddress(
    ResourceKind Kind, string Id, long Cursor = 0, int Lines = ResourceAddress.LinesDefault, int Bytes = 0, string Digest = "")
{
    public const string WorkersUri = "mcpworkers://workers";
    public const string WorkerTemplate = WorkersUri + "/{worker_id}";
    public const string ChangesTemplate = WorkerTemplate + "/changes";
    public const string DiffTemplate = WorkerTemplate + "/diff{?cursor,bytes,digest}";
    public const string RunTemplate = Runs + "{run_id}";
    public const string OutputTemplate = RunTemplate + "/output{?cursor}";
    public const string LogTemplate = RunTemplate + "/log{?cursor,lines}";
    public const int LinesDefault = 1000;
    public const int LinesMax = 10_000;
    public const int BytesMin = 1024;
    public const int BytesMax = 4 * 1024 * 1024;

    private const string Runs = "mcpworkers://runs/";

    public static string WorkerUri(string workerId) => $"{WorkersUri}/{workerId}";

    public static string ChangesUri(string workerId) => $"{WorkersUri}/{workerId}/changes";

    /// <param name="bytes">Zero for the usual length of a page.</param>
    /// <param name="digest">Empty for whatever the patch is by then.</param>
    public static string DiffUri(string workerId, long cursor = 0, int bytes = 0, string digest = "") => string.Create(
        CultureInfo.InvariantCulture,
        $"{WorkersUri}/{workerId}/diff?cursor={cursor}{(bytes > 0 ? $"&bytes={bytes}" : "")}{(digest.Length > 0 ? $"&digest={digest}" : "")}");

    public static string RunUri(string runId) => Runs + runId;

    public static string OutputUri(string runId, long cursor) => string.Create(CultureInfo.InvariantCulture, $"{Runs}{runId}/output?cursor={cursor}");

    public static string LogUri(string runId, long cursor) => string.Create(CultureInfo.InvariantCulture, $"{Runs}{runId}/log?cursor={cursor}");

    /// <summary>False for anything that is not of one of these forms, or has a number out of range.</summary>
    public static bool TryParse(string uri, out ResourceAddress address)
    {
        string[] parts = uri.Split('?', 2);
        address = PathOf(parts[0])!;
        if (address is null)
        {
            return false;
        }

        foreach (string field in parts.Length == 1 ? [] : parts[1].Split('&'))
        {
            string[] pair = field.Split('=', 2);
            if (pair is ["digest", var digest] && address.Kind == ResourceKind.Diff && digest.Length is > 0 and <= 64 && digest.All(char.IsAsciiHexDigitLower))
            {
                address = address with { Digest = digest };
                continue;
            }

            if (pair.Length != 2 || !long.TryParse(pair[1], NumberStyles.None, CultureInfo.InvariantCulture, out long number))
            {
                return false;
            }

            switch (pair[0], address.Kind)
            {
                case ("cursor", ResourceKind.Output or ResourceKind.Log or ResourceKind.Diff):
                    address = address with { Cursor = number };
                    break;
                case ("lines", ResourceKind.Log) when number is >= 1 and <= LinesMax:
                    address = address with { Lines = (int)number };
                    break;
                case ("bytes", ResourceKind.Diff) when number is >= BytesMin and <= BytesMax:
                    address = address with { Bytes = (int)number };
                    break;
                default:
                    return false;
            }
        }

        return true;
    }

    private static ResourceAddress? PathOf(string path)
    {
        if (path == WorkersUri)
        {
            return new(ResourceKind.Workers, "");
        }

        if (path.StartsWith(WorkersUri + "/", StringComparison.Ordinal))
        {
            string[] parts = path[(WorkersUri.Length + 1)..].Split('/');
            return !IsId(parts[0]) ? null : parts switch
            {
                [var id] => new(ResourceKind.Worker, id),
                [var id, "changes"] => new(ResourceKind.Changes, id),
                [var id, "diff"] => new(ResourceKind.Diff, id),
                _ => null,
            };
        }

        if (!path.StartsWith(Runs, StringComparison.Ordinal))
        {
            return null;
        }

        string[] words = path[Runs.Length..].Split('/');
        return !IsId(words[0]) ? null : words switch
        {
            [var id] => new(ResourceKind.Run, id),
            [var id, "output"] => new(ResourceKind.Output, id),
            [var id, "log"] => new(ResourceKind.Log, id),
            _ => null,
        };
    }

    private static bool IsId(string text) => text.Length is > 0 and <= 64 && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
}
