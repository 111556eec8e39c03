using System.CommandLine;

namespace McpWorkers.Cli.Tasks;

/// <summary>Ids or keys of tasks, and names of schedules, as arguments.</summary>
internal static class TaskIds
{
    public static Argument<string> One(string description, string name = "task") => WorkerIds.Checked(new Argument<string>(name) { Description = description, HelpName = "ID" });

    /// <summary>One or more.</summary>
    public static Argument<string[]> AtLeastOne(string description) =>
        WorkerIds.Checked(new Argument<string[]>("tasks") { Description = description, HelpName = "ID", Arity = ArgumentArity.OneOrMore });
}
