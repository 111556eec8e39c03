using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Execution;

namespace McpWorkers.Tests.RealAgents;

/// <summary>Reads a run of a real agent, and speaks to it as its adapter says: answers what it asks, and ends its input when that is over.</summary>
internal sealed class AgentTalk : IRunReader
{
    private readonly AgentReader _reader;
    private readonly Func<AgentEvent.PermissionAsked, ReadOnlyMemory<byte>> _answer;
    private Task? _ending;

    public AgentTalk(AgentReader reader, Func<AgentEvent.PermissionAsked, ReadOnlyMemory<byte>> answer)
    {
        _reader = reader;
        _answer = answer;
        reader.Listener = Events.Add;
    }

    public List<AgentEvent> Events { get; } = [];

    /// <summary>Set once it is launched; null where nothing can be said to it.</summary>
    public IExecutionHandle? Handle { get; set; }

    /// <summary>Waits for the end of the input, where it was ended.</summary>
    public Task EndedAsync() => _ending ?? Task.CompletedTask;

    public RunActivity Take(in OutputLine line)
    {
        int before = Events.Count;
        _reader.Read(line.Bytes, line.Shortened, line.Unterminated);
        var activity = _reader.Activity;
        foreach (var asked in Events.Skip(before).OfType<AgentEvent.PermissionAsked>())
        {
            Handle!.WriteInputAsync(_answer(asked), end: false, CancellationToken.None).GetAwaiter().GetResult();
        }

        if (Handle is not null && activity.IsInputOver)
        {
            _ending ??= Handle.WriteInputAsync(ReadOnlyMemory<byte>.Empty, end: true, CancellationToken.None);
        }

        return new(activity.ToolCallOpen, activity.BackgroundOpen, activity.FinalResultSeen);
    }
}
