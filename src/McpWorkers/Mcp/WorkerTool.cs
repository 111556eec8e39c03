using System.Text.Json;
using McpWorkers.Engine.Model;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpWorkers.Mcp;

/// <summary>The body of a tool: parse, one call of the engine, render.</summary>
internal delegate Task<CallToolResult> ToolBody(ToolArguments arguments, RequestContext<CallToolRequestParams> request, CancellationToken cancellationToken);

/// <summary>
/// A tool with hand-written schemas: no reflection, so it starts fast and survives trimming. Refusals become error results here,
/// and only here.
/// </summary>
internal sealed class WorkerTool : McpServerTool
{
    private readonly ToolBody _body;
    private readonly TextWriter _log;
    private readonly IReadOnlyList<string> _argumentNames;

    public WorkerTool(Tool tool, ToolBody body, TextWriter log)
    {
        ProtocolTool = tool;
        _body = body;
        _log = log;
        _argumentNames = [.. tool.InputSchema.GetProperty("properties").EnumerateObject().Select(property => property.Name)];
    }

    public override Tool ProtocolTool { get; }

    public override IReadOnlyList<object> Metadata => [];

    public override async ValueTask<CallToolResult> InvokeAsync(
        RequestContext<CallToolRequestParams> request, CancellationToken cancellationToken = default)
    {
        try
        {
            return await _body(new ToolArguments(ProtocolTool.Name, request.Params?.Arguments, _argumentNames), request, cancellationToken);
        }
        catch (RefusedException refused)
        {
            return ToolAnswer.Refusal(Describe(refused));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
#pragma warning disable CA1031 // The edge: whatever went wrong, the client gets an answer and the operator the whole of it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            await _log.WriteLineAsync($"mcpworkers: {ProtocolTool.Name} failed: {e}");
            return ToolAnswer.Refusal($"{ProtocolTool.Name}: an internal fault of the server ({e.GetType().Name}); its standard error says more.");
        }
    }

    /// <summary>A schema written as JSON text.</summary>
    public static JsonElement Schema(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }

    /// <summary>The engine does not know our names of its parameters: what was not found is named here by the argument that asked for it.</summary>
    private string Describe(RefusedException refused)
    {
        string tool = ProtocolTool.Name + ": ";
        string? argument = refused.Code switch
        {
            RefusalCode.UnknownType => "worker_type",
            RefusalCode.NotFound => _argumentNames.FirstOrDefault(name => name is "worker_id" or "worker_ids"),
            _ => null,
        };
        return refused.Message.StartsWith(tool, StringComparison.Ordinal) ? refused.Message
            : argument is null ? tool + refused.Message
            : $"{tool}{argument}: {refused.Message}";
    }
}
