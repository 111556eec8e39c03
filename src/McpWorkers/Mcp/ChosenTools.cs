#pragma warning disable MCPEXP002 // See TaskMethods, whose filter of the same kind comes after this one.
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpWorkers.Mcp;

/// <summary>Before whatever else looks at a call: a tool of a set that was not chosen is not there, and its caller is told where it is.</summary>
internal sealed class ChosenTools(ToolCatalog catalog, IReadOnlyList<string> sets)
{
    public void AddTo(McpServerOptions options) => options.Filters.Request.CallToolWithAlternateFilters.Add(CallAsync);

    private ValueTask<ResultOrAlternate<CallToolResult>> CallAsync(
        RequestContext<CallToolRequestParams> request,
        McpRequestHandler<CallToolRequestParams, ResultOrAlternate<CallToolResult>> next,
        CancellationToken cancellationToken)
    {
        string name = request.Params?.Name ?? "";
        return catalog.Find(name) is { } tool && sets.Contains(tool.Set)
            ? next(request, cancellationToken)
            : throw new McpProtocolException(catalog.WhyUnknown(name, sets), McpErrorCode.InvalidParams);
    }
}
