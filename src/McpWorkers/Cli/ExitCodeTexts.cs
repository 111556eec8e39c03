namespace McpWorkers.Cli;

/// <summary>The exit codes as the help of a command tells them.</summary>
internal static class ExitCodeTexts
{
    private const string Runs =
        "Exit codes:\n"
        + "  0    all runs completed\n"
        + "  1    a run failed or was cancelled, or nobody answered\n"
        + "  2    wrong usage or settings, or refused; nothing was run\n"
        + "  124  a run timed out, and none failed\n"
        + "  130  interrupted\n";

    private const string Collect =
        "Exit codes:\n"
        + "  0    all results are of runs that completed, or go on\n"
        + "  1    a run failed or was cancelled, or nobody answered\n"
        + "  2    wrong usage or settings, or refused\n"
        + "  124  a run timed out, and none failed\n"
        + "  130  interrupted\n";

    private const string Health =
        "Exit codes:\n"
        + "  0    healthy\n"
        + "  1    degraded or switched off, or nobody answered\n"
        + "  2    wrong usage or settings\n"
        + "  130  interrupted\n";

    private const string Merge =
        "Exit codes:\n"
        + "  0    all were merged, or there was nothing to merge; of --dry-run: nothing collides\n"
        + "  1    nobody answered\n"
        + "  2    wrong usage or settings, or refused, such as for an unknown id; nothing was merged\n"
        + "  4    one was not merged: a conflict, a check that failed, a target that must not move; of --dry-run: something collides\n"
        + "  130  interrupted\n";

    private const string Discard =
        "Exit codes:\n"
        + "  0    all were discarded\n"
        + "  1    some were not, or nobody answered\n"
        + "  2    wrong usage or settings, or refused; none was discarded\n"
        + "  130  interrupted\n";

    private const string TaskWait =
        "Exit codes:\n"
        + "  0    all tasks completed\n"
        + "  1    a task failed, was cancelled or is dead, or nobody answered\n"
        + "  2    wrong usage or settings, or refused, such as for an unknown id\n"
        + "  124  the time-out ended the waiting, and none of them has failed so far\n"
        + "  130  interrupted\n";

    private const string TaskAdd =
        "Exit codes:\n"
        + "  0    added, or there already\n"
        + "  1    nobody answered: whether they were added is not known\n"
        + "  2    wrong usage or settings, or refused; nothing was added\n"
        + "  130  interrupted\n";

    private const string Modes =
        "Exit codes:\n"
        + "  0    every pair that this machine offers works\n"
        + "  1    one does not, or nobody answered\n"
        + "  2    wrong usage or settings\n"
        + "  130  interrupted\n";

    private const string Other =
        "Exit codes:\n"
        + "  0    done\n"
        + "  1    nobody answered\n"
        + "  2    wrong usage or settings, or refused, such as for an unknown id\n"
        + "  130  interrupted\n";

    /// <param name="command">With the words that lead to it; nothing for those whose exit codes say no more than usual.</param>
    public static string Of(string command) => command switch
    {
        "mcpworkers" or "mcpworkers workers execute" or "mcpworkers workers batch" => Runs,
        "mcpworkers workers collect" => Collect,
        "mcpworkers workers health" => Health,
        "mcpworkers workers merge" => Merge,
        "mcpworkers workers discard" => Discard,
        "mcpworkers verify modes" => Modes,
        "mcpworkers tasks wait" => TaskWait,
        "mcpworkers tasks add" => TaskAdd,
        "mcpworkers tasks list" or "mcpworkers tasks show" or "mcpworkers tasks logs" or "mcpworkers tasks edit" or "mcpworkers tasks cancel" or "mcpworkers tasks retry"
            or "mcpworkers queue status" or "mcpworkers queue pause" or "mcpworkers queue resume" or "mcpworkers stop-all"
            or "mcpworkers schedules add" or "mcpworkers schedules list" or "mcpworkers schedules pause" or "mcpworkers schedules resume"
            or "mcpworkers schedules run-now" or "mcpworkers schedules remove" => Other,
        "mcpworkers workers spawn" or "mcpworkers workers list" or "mcpworkers workers monitor" or "mcpworkers workers logs"
            or "mcpworkers workers diff" or "mcpworkers workers trash list" or "mcpworkers workers trash show" or "mcpworkers workers trash restore"
            or "mcpworkers workers trash empty" or "mcpworkers worktrees list" or "mcpworkers worktrees prune" or "mcpworkers trust"
            or "mcpworkers workers cancel" or "mcpworkers workers close" or "mcpworkers workers close-all" => Other,
        _ => "",
    };
}
