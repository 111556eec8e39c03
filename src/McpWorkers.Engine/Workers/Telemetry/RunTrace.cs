using System.Diagnostics;
using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers.Runs;

namespace McpWorkers.Engine.Workers.Telemetry;

/// <summary>
/// One run as a span, under the call that gave its prompt, with a span for each tool call of its agent. Names and figures only: what was asked,
/// said or given to a tool is not in it.
/// </summary>
internal sealed class RunTrace
{
    /// <summary>Nothing is made of it while nobody listens.</summary>
    public static readonly ActivitySource Source = new("McpWorkers");

    /// <summary>Of one run: an agent may forget to say how its calls ended.</summary>
    private const int OpenMax = 256;

    private const int NameMax = 100;

    private readonly Activity _run;
    private readonly Dictionary<string, Activity> _tools = [];
    private readonly Lock _lock = new();

    private RunTrace(Activity run) => _run = run;

    /// <summary>Null where nobody listens.</summary>
    /// <param name="isAdopted">An earlier host had launched it: the times of its tool calls are those at which this one read of them.</param>
    public static RunTrace? Begin(RunIdentity run, bool isAdopted)
    {
        if (!Source.HasListeners())
        {
            return null;
        }

        var around = Activity.Current;
        var activity = Source.StartActivity($"run {run.WorkerType}", ActivityKind.Internal, around?.Context ?? default);

        // It outlives the call: what the caller does next is not within it.
        Activity.Current = around;
        if (activity is null)
        {
            return null;
        }

        activity.SetTag("mcpworkers.run_id", run.RunId);
        activity.SetTag("mcpworkers.worker_id", run.WorkerId);
        activity.SetTag("mcpworkers.worker_type", run.WorkerType);
        activity.SetTag("gen_ai.agent.name", run.Agent);
        if (isAdopted)
        {
            activity.SetTag("mcpworkers.adopted", true);
        }

        return new(activity);
    }

    public void Launched() => _run.AddEvent(new("launched"));

    public void Take(AgentEvent said)
    {
        switch (said)
        {
            case AgentEvent.ToolCall call:
                Open(call);
                break;
            case AgentEvent.ToolResult result:
                Close(result);
                break;
            case AgentEvent.Retrying retrying:
                _run.AddEvent(new("retry", tags: new() { ["attempt"] = retrying.Attempt, ["status"] = retrying.Status }));
                break;
            case AgentEvent.RateLimited:
                _run.AddEvent(new("rate_limited"));
                break;
            default:
                break;
        }
    }

    /// <summary>Ends the span, and those of tool calls that were never answered.</summary>
    public void Settled(RunReport report)
    {
        lock (_lock)
        {
            foreach (var tool in _tools.Values)
            {
                tool.SetStatus(ActivityStatusCode.Error, "the run ended first");
                tool.Stop();
            }

            _tools.Clear();
        }

        var result = report.Result;
        _run.SetTag("mcpworkers.status", result.Status.ToWire());
        _run.SetTag("mcpworkers.outcome", result.Metadata["outcome"]?.GetValue<string>());
        if (report.Summary is { } summary)
        {
            _run.SetTag("gen_ai.response.model", summary.Model);
            _run.SetTag("gen_ai.usage.input_tokens", summary.Usage?.Input);
            _run.SetTag("gen_ai.usage.output_tokens", summary.Usage?.Output);
            _run.SetTag("mcpworkers.cost_usd", (double?)summary.CostUsd);
        }

        _run.SetStatus(result.IsSuccess ? ActivityStatusCode.Ok : ActivityStatusCode.Error);
        _run.Stop();
    }

    private void Open(AgentEvent.ToolCall call)
    {
        lock (_lock)
        {
            if (_tools.Count >= OpenMax)
            {
                return;
            }

            var around = Activity.Current;
            string name = call.Tool.Length > NameMax ? call.Tool[..NameMax] : call.Tool;
            var tool = Source.StartActivity($"execute_tool {name}", ActivityKind.Internal, _run.Context);
            Activity.Current = around;
            if (tool is not null && _tools.TryAdd(call.Id, tool))
            {
                tool.SetTag("gen_ai.operation.name", "execute_tool");
                tool.SetTag("gen_ai.tool.name", name);
                tool.SetTag("gen_ai.tool.call.id", call.Id);
            }
        }
    }

    private void Close(AgentEvent.ToolResult result)
    {
        lock (_lock)
        {
            if (_tools.Remove(result.Id, out var tool))
            {
                tool.SetStatus(result.IsError ? ActivityStatusCode.Error : ActivityStatusCode.Ok);
                tool.Stop();
            }
        }
    }
}
