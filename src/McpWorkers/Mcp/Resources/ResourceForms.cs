using McpWorkers.Engine.Workers;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Mcp.Resources;

/// <summary>How resources and their templates are listed.</summary>
internal static class ResourceForms
{
    private const string JsonType = "application/json";

    private static readonly ResourceTemplate[] AllTemplates =
    [
        new()
        {
            UriTemplate = ResourceAddress.WorkerTemplate,
            Name = "worker",
            Title = "A worker",
            Description = "Its type, status, what it does now, and where the result and the log of its last run are.",
            MimeType = JsonType,
        },
        new()
        {
            UriTemplate = ResourceAddress.ChangesTemplate,
            Name = "worker_changes",
            Title = "What a worker changed",
            Description = "Of its worktree or clone, also once the worker is closed: commits, files, line counts, what is not committed.",
            MimeType = JsonType,
        },
        new()
        {
            UriTemplate = ResourceAddress.DiffTemplate,
            Name = "worker_diff",
            Title = "Patch of what a worker changed",
            Description = "A page of a patch that git apply takes, from a cursor in bytes. _meta.next_uri names the next page. A page that is no UTF-8 comes as a blob.",
            MimeType = "text/x-diff",
        },
        new()
        {
            UriTemplate = ResourceAddress.RunTemplate,
            Name = "run",
            Title = "Result of a run",
            Description = "As the tools give it, also once its worker is closed; of a run that goes on what there is so far.",
            MimeType = JsonType,
        },
        new()
        {
            UriTemplate = ResourceAddress.OutputTemplate,
            Name = "run_output",
            Title = "Output of a run",
            Description = "A page of a run's output from a cursor (in characters, 0 by default). _meta.next_uri of a page names the next one.",
            MimeType = "text/plain",
        },
        new()
        {
            UriTemplate = ResourceAddress.LogTemplate,
            Name = "run_log",
            Title = "Log of a run",
            Description = "What went on in a run (texts, tool calls, errors, ...), from a cursor in bytes: {lines:[{offset,kind,text}],cursor,next_cursor,over}.",
            MimeType = JsonType,
        },
    ];

    public static Resource Workers { get; } = new()
    {
        Uri = ResourceAddress.WorkersUri,
        Name = "workers",
        Title = "All workers",
        Description = "As worker_list gives them.",
        MimeType = JsonType,
    };

    /// <summary>All that can be read, for whoever asked for something else.</summary>
    public static string Names { get; } = string.Join(", ", AllTemplates.Select(template => template.UriTemplate).Prepend(ResourceAddress.WorkersUri));

    public static Resource Of(WorkerSnapshot worker) => new()
    {
        Uri = ResourceAddress.WorkerUri(worker.WorkerId),
        Name = worker.WorkerId,
        Title = $"{worker.WorkerType} {worker.WorkerId}",
        MimeType = JsonType,
    };

    public static ListResourceTemplatesResult Templates() => new()
    {
        ResourceTemplates = [.. AllTemplates],
        TimeToLive = TimeSpan.FromHours(1),
        CacheScope = CacheScope.Public,
    };
}
