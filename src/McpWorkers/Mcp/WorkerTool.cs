using System.Diagnostics;
using System.Text.Json;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Tasks;
using McpWorkers.Engine.Workers;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpWorkers.Mcp;

/// <summary>
/// A tool with hand-written schemas: no reflection, so it starts fast and survives trimming. Refusals become error results here,
/// and only here.
/// </summary>
internal sealed class WorkerTool : McpServerTool
{
    private readonly ToolDefinition _definition;
    private readonly WorkerManager _manager;
    private readonly TaskManager? _tasks;
    private readonly TextWriter _log;
    private readonly ToolMeter _meter;
    private readonly IReadOnlyList<string> _argumentNames;

    /// <param name="tasks">Null for a host without a queue.</param>
    public WorkerTool(ToolDefinition definition, WorkerManager manager, TaskManager? tasks, TextWriter log, ToolMeter meter)
    {
        _definition = definition;
        _manager = manager;
        _tasks = tasks;
        _log = log;
        _meter = meter;
        _argumentNames = [.. ProtocolTool.InputSchema.GetProperty("properties").EnumerateObject().Select(property => property.Name)];
    }

    public override Tool ProtocolTool => _definition.Tool;

    public override IReadOnlyList<object> Metadata => [];

    /// <summary>Of <see cref="ToolSetNames"/>.</summary>
    public string Set => _definition.Set;

    /// <summary>Null for tools that give no prompts to workers.</summary>
    public RunShape? Runs => _definition.Runs;

    /// <summary>A schema written as JSON text.</summary>
    public static JsonElement Schema(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }

    public override async ValueTask<CallToolResult> InvokeAsync(
        RequestContext<CallToolRequestParams> request, CancellationToken cancellationToken = default)
    {
        CallTrace.Note(request.Params?.Meta);
        return await CallAsync(request.Params?.Arguments, ToolCall.Of(_manager, _tasks, request), cancellationToken);
    }

    /// <summary>Whatever goes wrong is an error result, but for the cancellation.</summary>
    public async Task<CallToolResult> CallAsync(IDictionary<string, JsonElement>? arguments, ToolCall call, CancellationToken cancellationToken)
    {
        string door = call.Manager.Caller.Kind;
        using var span = CallTrace.Begin(ProtocolTool.Name, door);
        var result = await _meter.CountAsync(
            ProtocolTool.Name, door,
            () => AnswerAsync(arguments, checkedArguments => _definition.Body(checkedArguments, call, cancellationToken), refusal => refusal, cancellationToken));
        span?.SetStatus(result.IsError == true ? ActivityStatusCode.Error : ActivityStatusCode.Ok);
        return result;
    }

    /// <summary>Does something with the arguments of this tool; what goes wrong is answered as by the tool itself.</summary>
    public async Task<T> AnswerAsync<T>(
        IDictionary<string, JsonElement>? arguments, Func<ToolArguments, Task<T>> body, Func<CallToolResult, T> refuse, CancellationToken cancellationToken)
    {
        try
        {
            return await body(new ToolArguments(ProtocolTool.Name, arguments, _argumentNames));
        }
        catch (RefusedException refused)
        {
            string said = Describe(refused);
            _manager.Notes.Add(new("refused", said));
            return refuse(ToolAnswer.Refusal(said, refused.Code));
        }
        catch (StoreException fault)
        {
            await _log.WriteLineAsync($"mcpworkers: {ProtocolTool.Name}: {fault.Message}");
            return refuse(ToolAnswer.Refusal($"{ProtocolTool.Name}: {fault.Message}", RefusalCode.StoreUnavailable));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (InputRequiredException)
        {
            // No fault: the library makes the answer of it that asks the client.
            throw;
        }
        catch (OperationCanceledException)
        {
            return refuse(ToolAnswer.Refusal(
                $"{ProtocolTool.Name}: the host is ending and waits for nothing more. Runs that were accepted go on: worker_collect_results gives their results later."));
        }
#pragma warning disable CA1031 // The edge: whatever went wrong, the client gets an answer and the operator the whole of it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            await _log.WriteLineAsync($"mcpworkers: {ProtocolTool.Name} failed: {e}");
            return refuse(ToolAnswer.Refusal($"{ProtocolTool.Name}: an internal fault of the server ({e.GetType().Name}); its log says more."));
        }
    }

    /// <summary>The engine does not know our names of its parameters: what was not found is named here by the argument that asked for it.</summary>
    private string Describe(RefusedException refused)
    {
        string tool = ProtocolTool.Name + ": ";
        string? argument = refused.Code switch
        {
            RefusalCode.UnknownType => "worker_type",
            RefusalCode.NotFound => _argumentNames.FirstOrDefault(name => name is "worker_id" or "worker_ids" or "request_id"),
            _ => null,
        };
        return refused.Message.StartsWith(tool, StringComparison.Ordinal) ? refused.Message
            : argument is null ? tool + refused.Message
            : $"{tool}{argument}: {refused.Message}";
    }
}
