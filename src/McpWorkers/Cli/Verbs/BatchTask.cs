namespace McpWorkers.Cli.Verbs;

/// <summary>One prompt for one worker.</summary>
internal sealed record BatchTask(string WorkerId, string Prompt);
