using System.Text;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Agents.Generic;

/// <summary>
/// Agents that are described in the settings only: the worker type's words are the whole command, the prompt comes on standard input or
/// as the last argument. Nothing is known of their sessions, models and permissions.
/// </summary>
internal abstract class GenericAdapter(string name) : IAgentAdapter
{
    /// <summary>Linux takes no longer single argument (MAX_ARG_STRLEN, its closing zero included).</summary>
    private const int ArgumentBytesMax = (128 * 1024) - 1;

    public string Name => name;

    public AgentCapabilities Capabilities { get; } =
        new(Resume: false, McpServers: false, UsageReporting.None, ReportsCost: false);

    public AgentProbe Probe { get; } = new("", [], [], [], [], "", [], []);

    public abstract AgentReader NewReader(SessionTotals before);

    public AgentLaunch Plan(AgentRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        bool isArgument = request.Type.PromptBy == PromptBy.Argument;
        List<string> arguments = [.. request.Type.Command.Skip(1)];
        if (isArgument)
        {
            arguments.Add(CheckArgument(request.Prompt, request.Type.Name));
        }

        return new()
        {
            Executable = request.Executable,
            Arguments = arguments,
            Stdin = isArgument ? default(ReadOnlyMemory<byte>) : Encoding.UTF8.GetBytes(request.Prompt),
            Warnings = Warnings(request),
        };
    }

    /// <exception cref="RefusedException">The prompt does not fit into an argument.</exception>
    internal static string CheckArgument(string prompt, string type) =>
        Encoding.UTF8.GetByteCount(prompt) > ArgumentBytesMax || prompt.Contains('\0', StringComparison.Ordinal)
            ? throw new RefusedException(
                RefusalCode.InvalidArgument,
                $"Worker type '{type}' gets its prompt as an argument, which takes at most {ArgumentBytesMax} bytes and no NUL character; "
                + $"this one has {Encoding.UTF8.GetByteCount(prompt)} bytes. Shorten it, put it into a file, or set 'prompt_by: stdin'.")
            : prompt;

    private static List<string> Warnings(AgentRequest request)
    {
        List<string> warnings = [];
        if (request.McpServers.Count > 0)
        {
            warnings.Add("MCP servers cannot be given to a generic agent: they were left out.");
        }

        if (request.Model is { Length: > 0 } model)
        {
            warnings.Add($"The model '{model}' cannot be passed to a generic agent: put it into the type's command.");
        }

        return warnings;
    }
}

/// <summary>Any CLI whose lines of JSON fit the usual completion markers and content shapes.</summary>
internal sealed class StreamJsonAdapter() : GenericAdapter("stream-json")
{
    public override AgentReader NewReader(SessionTotals before) => new StreamJsonReader(before);
}

/// <summary>Any program; its exit code is the result.</summary>
internal sealed class CommandAdapter() : GenericAdapter("command")
{
    public override AgentReader NewReader(SessionTotals before) => new CommandReader(before);
}
