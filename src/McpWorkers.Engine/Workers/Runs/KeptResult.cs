using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workers.Runs;

/// <summary>A settled run's result as a worker keeps it: a long output stays in its file, since two hundred workers may each have one.</summary>
internal sealed class KeptResult
{
    private const int InMemoryMax = 16 * 1024;

    private readonly WorkerResult _result;
    private readonly string? _outputFrom;

    private KeptResult(WorkerResult result, string? outputFrom, string runId, string lastLine)
    {
        _result = result;
        _outputFrom = outputFrom;
        RunId = runId;
        LastLine = lastLine;
    }

    public string RunId { get; }

    /// <summary>The last line of the output, for a person.</summary>
    public string LastLine { get; }

    public WorkerStatus Status => _result.Status;

    public TimeSpan Duration => _result.Duration;

    public bool IsCollected { get; set; }

    public static KeptResult Of(WorkerResult result, string runId, string runDirectory)
    {
        bool elsewhere = result.Output.Length > InMemoryMax && File.Exists(Path.Combine(runDirectory, RunRecord.OutputFileName));
        return new(elsewhere ? result with { Output = "" } : result, elsewhere ? runDirectory : null, runId, OneLine.LastOf(result.Output));
    }

    /// <summary>A result out of the store, whose output is in its run directory.</summary>
    public static KeptResult OfStored(JsonObject stored, string runId, string runDirectory)
    {
        var result = ToResult(stored, output: "");
        return stored["output_length"]?.GetValue<int>() is > 0 ? new(result, runDirectory, runId, "") : new(result, null, runId, "");
    }

    /// <summary>What the store and <c>run.json</c> hold of a result, with its output again.</summary>
    public static WorkerResult ToResult(JsonObject stored, string output)
    {
        var whole = (JsonObject)stored.DeepClone();
        whole["output"] = output;
        return WorkerResult.FromJson(whole);
    }

    public WorkerResult Read() => _outputFrom is null ? _result : _result with { Output = RunRecord.ReadOutput(_outputFrom) };
}
