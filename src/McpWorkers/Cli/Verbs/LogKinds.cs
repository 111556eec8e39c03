namespace McpWorkers.Cli.Verbs;

/// <summary>Which entries of a log are shown.</summary>
internal enum LogKinds
{
    All,
    Text,
    Tools,
}
