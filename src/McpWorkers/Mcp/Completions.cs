using McpWorkers.Engine.Workers;
using McpWorkers.Mcp.Prompts;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpWorkers.Mcp;

/// <summary>Completes worker types and the ids of workers and runs, in arguments of prompts and in addresses of resources.</summary>
internal sealed class Completions(WorkerManager manager)
{
    // By the protocol.
    private const int ValuesMax = 100;

    public void AddTo(McpServerOptions options) => options.Handlers.CompleteHandler = (request, _) => ValueTask.FromResult(Complete(request.Params!));

    private CompleteResult Complete(CompleteRequestParams asked)
    {
        string typed = asked.Argument.Value;
        // Of a list, its last item is being typed.
        int start = asked.Argument.Name == WorkerPrompts.WorkerTypes ? typed.LastIndexOf(',') + 1 : 0;
        string last = typed[start..].TrimStart();
        string kept = typed[..^last.Length];
        var found = CandidatesFor(asked.Argument.Name)
            .Where(candidate => candidate.StartsWith(last, StringComparison.OrdinalIgnoreCase))
            .Select(candidate => kept + candidate)
            .ToList();
        return new()
        {
            Completion = new() { Values = [.. found.Take(ValuesMax)], Total = found.Count, HasMore = found.Count > ValuesMax },
        };
    }

    /// <summary>The names mean the same wherever they stand.</summary>
    private IEnumerable<string> CandidatesFor(string argument) => argument switch
    {
        // Those that can run here come first.
        WorkerPrompts.WorkerType or WorkerPrompts.WorkerTypes => manager.Types().OrderBy(type => type.Missing is not null).Select(type => type.Type.Name),
        WorkerPrompts.WorkerId => manager.List().Select(worker => worker.WorkerId),
        WorkerPrompts.RunId => manager.List().Select(worker => worker.RunId).OfType<string>(),
        _ => [],
    };
}
