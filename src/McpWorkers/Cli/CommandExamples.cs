namespace McpWorkers.Cli;

/// <summary>What the help of each command shows at its end.</summary>
internal static class CommandExamples
{
    private static readonly Dictionary<string, string[]> Examples = new()
    {
        ["mcpworkers"] =
        [
            "mcpworkers doctor",
            "mcpworkers workers execute -t simulated -n 3 -p \"Summarise this folder\"",
            "mcpworkers --debug workers execute -t simulated -n 2 -p \"Summarise this folder\"",
        ],
        ["mcpworkers workers"] =
        [
            "mcpworkers workers types",
            "mcpworkers workers execute -p \"Explain this project\"",
            "mcpworkers workers spawn -t simulated -n 2; mcpworkers workers list",
        ],
        ["mcpworkers workers spawn"] =
        [
            "mcpworkers workers spawn -t terminal-qwen -n 3",
            "mcpworkers workers spawn -t terminal-claude --permission read_only --cwd ../project --json",
            "mcpworkers workers spawn --workspace clone --repo https://example.org/project.git --branch main",
            "mcpworkers workers spawn -t container-executor --image node:22 -n 2",
            "id=$(mcpworkers workers spawn -t simulated); mcpworkers workers execute $id -p \"Hello\"",
        ],
        ["mcpworkers workers execute"] =
        [
            "mcpworkers workers execute -t simulated -n 3 -p \"Summarise this folder\"",
            "mcpworkers workers execute -t terminal-claude -n 3 -T 600 -p \"Review the last commit\"",
            "mcpworkers workers execute -n 3 --workspace worktree --verify \"make test\" -p \"Fix the bug in #12\"",
            "mcpworkers workers execute -t terminal-claude --image localhost/mcpworkers-agents:1 --workspace worktree -p \"Fix the bug in #12\"",
            "git diff | mcpworkers workers execute -p - --permission read_only",
            "mcpworkers workers execute --prompt-file task.md --json > results.json",
            "mcpworkers workers execute term_0123456789ab -p \"And now the tests\" --no-wait",
        ],
        ["mcpworkers workers batch"] =
        [
            "mcpworkers workers batch $(mcpworkers workers spawn -n 3) -p \"Find a bug\"",
            "mcpworkers workers batch --worker term_0123456789ab --prompt \"One\" --worker term_ba9876543210 --prompt \"Two\"",
            "mcpworkers workers batch --file tasks.json -T 900 --json",
        ],
        ["mcpworkers workers list"] = ["mcpworkers workers list", "mcpworkers workers list --json"],
        ["mcpworkers workers monitor"] =
        [
            "mcpworkers workers monitor",
            "mcpworkers workers monitor term_0123456789ab",
            "mcpworkers workers monitor --json",
        ],
        ["mcpworkers workers logs"] =
        [
            "mcpworkers workers logs term_0123456789ab",
            "mcpworkers workers logs -f -n 20 term_0123456789ab",
            "mcpworkers workers logs -f --tools term_0123456789ab",
            "mcpworkers workers logs run_0123456789abcdef --json",
        ],
        ["mcpworkers workers collect"] =
        [
            "mcpworkers workers collect",
            "mcpworkers workers collect term_0123456789ab --wait",
            "mcpworkers workers collect --json",
        ],
        ["mcpworkers workers diff"] =
        [
            "mcpworkers workers diff term_0123456789ab",
            "mcpworkers workers diff term_0123456789ab --stat",
            "mcpworkers workers diff term_0123456789ab --patch work.patch",
        ],
        ["mcpworkers workers merge"] =
        [
            "mcpworkers workers merge --all --dry-run",
            "mcpworkers workers merge term_0123456789ab --squash --verify \"make test\"",
            "mcpworkers workers merge --all --into integration",
        ],
        ["mcpworkers workers discard"] = ["mcpworkers workers discard term_0123456789ab"],
        ["mcpworkers workers open"] = ["mcpworkers workers open term_0123456789ab", "mcpworkers workers open term_0123456789ab --editor"],
        ["mcpworkers workers trash"] = ["mcpworkers workers trash list"],
        ["mcpworkers workers trash list"] = ["mcpworkers workers trash list --json"],
        ["mcpworkers workers trash show"] = ["mcpworkers workers trash show 20261121-184500-term_0123456789ab"],
        ["mcpworkers workers trash restore"] = ["mcpworkers workers trash restore 20261121-184500-term_0123456789ab"],
        ["mcpworkers workers trash empty"] = ["mcpworkers workers trash empty 20261121-184500-term_0123456789ab", "mcpworkers workers trash empty --all --yes"],
        ["mcpworkers worktrees"] = ["mcpworkers worktrees list", "mcpworkers worktrees prune"],
        ["mcpworkers worktrees list"] = ["mcpworkers worktrees list --json"],
        ["mcpworkers worktrees prune"] = ["mcpworkers worktrees prune"],
        ["mcpworkers trust"] = ["mcpworkers trust ."],
        ["mcpworkers verify"] = ["mcpworkers verify modes"],
        ["mcpworkers verify modes"] = ["mcpworkers verify modes", "mcpworkers verify modes --json"],
        ["mcpworkers workers cancel"] = ["mcpworkers workers cancel term_0123456789ab", "mcpworkers workers cancel term_0123456789ab --force"],
        ["mcpworkers workers close"] = ["mcpworkers workers close term_0123456789ab"],
        ["mcpworkers workers close-all"] = ["mcpworkers workers close-all"],
        ["mcpworkers workers health"] = ["mcpworkers workers health", "mcpworkers workers health --json"],
        ["mcpworkers workers types"] = ["mcpworkers workers types", "mcpworkers workers types --json"],
        ["mcpworkers tasks"] =
        [
            "mcpworkers tasks add --role bugfix --priority high -p \"Fix the crash in #12\" --verify \"make test\"",
            "mcpworkers tasks list --status open",
            "mcpworkers tasks wait $(mcpworkers tasks add -r docs -p \"Describe the settings\")",
        ],
        ["mcpworkers tasks add"] =
        [
            "mcpworkers tasks add --role bugfix --priority high -p \"Fix the crash in #12\" --workspace worktree --verify \"make test\"",
            "mcpworkers tasks add --role review --after task_0123456789abcdef -p \"Review what was done\"",
            "mcpworkers tasks add --role docs --at 2026-03-01T03:00:00Z --key nightly-docs -p \"Bring the docs up to date\"",
            "mcpworkers tasks add --file tasks.yaml --json",
            "git log -1 --format=%B | mcpworkers tasks add --role test -p -",
        ],
        ["mcpworkers tasks list"] = ["mcpworkers tasks list", "mcpworkers tasks list --status open --role bugfix --json"],
        ["mcpworkers tasks show"] = ["mcpworkers tasks show task_0123456789abcdef", "mcpworkers tasks show nightly-docs --json"],
        ["mcpworkers tasks logs"] = ["mcpworkers tasks logs -f task_0123456789abcdef", "mcpworkers tasks logs task_0123456789abcdef --attempt 1"],
        ["mcpworkers tasks edit"] = ["mcpworkers tasks edit task_0123456789abcdef --priority high", "mcpworkers tasks edit task_0123456789abcdef --at 0s"],
        ["mcpworkers tasks cancel"] = ["mcpworkers tasks cancel task_0123456789abcdef"],
        ["mcpworkers tasks retry"] = ["mcpworkers tasks retry task_0123456789abcdef"],
        ["mcpworkers tasks wait"] = ["mcpworkers tasks wait task_0123456789abcdef", "mcpworkers tasks wait -T 3600 task_0123456789abcdef task_fedcba9876543210 --json"],
        ["mcpworkers requests"] = ["mcpworkers requests list --watch", "mcpworkers requests allow req_0123456789abcdef"],
        ["mcpworkers requests list"] = ["mcpworkers requests list", "mcpworkers requests list --watch --json", "mcpworkers requests list --state decided --kind permission"],
        ["mcpworkers requests show"] = ["mcpworkers requests show req_0123456789abcdef"],
        ["mcpworkers requests answer"] =
        [
            "mcpworkers requests answer req_0123456789abcdef \"Use the staging database\"",
            "mcpworkers requests answer req_0123456789abcdef - < answer.txt",
        ],
        ["mcpworkers requests allow"] = ["mcpworkers requests allow req_0123456789abcdef", "mcpworkers requests allow req_0123456789abcdef --note \"only this once\""],
        ["mcpworkers requests deny"] = ["mcpworkers requests deny req_0123456789abcdef --why \"Not outside the repository\""],
        ["mcpworkers queue"] = ["mcpworkers queue status", "mcpworkers queue pause; mcpworkers queue resume"],
        ["mcpworkers queue status"] = ["mcpworkers queue status", "mcpworkers queue status --json"],
        ["mcpworkers queue pause"] = ["mcpworkers queue pause"],
        ["mcpworkers queue resume"] = ["mcpworkers queue resume"],
        ["mcpworkers stop-all"] = ["mcpworkers stop-all; mcpworkers queue status", "mcpworkers queue resume"],
        ["mcpworkers schedules"] =
        [
            "mcpworkers schedules add --cron \"0 3 * * *\" --role docs -p \"Bring the docs up to date\"",
            "mcpworkers schedules list",
        ],
        ["mcpworkers schedules add"] =
        [
            "mcpworkers schedules add --cron \"0 3 * * *\" --name nightly --role docs --workspace worktree -p \"Bring the docs up to date\"",
            "mcpworkers schedules add --cron \"*/30 8-18 * * 1-5\" --time-zone Europe/Vienna --overlap skip --missed skip --role review -p \"Review what is new\"",
        ],
        ["mcpworkers schedules list"] = ["mcpworkers schedules list", "mcpworkers schedules list --json"],
        ["mcpworkers schedules pause"] = ["mcpworkers schedules pause nightly"],
        ["mcpworkers schedules resume"] = ["mcpworkers schedules resume nightly"],
        ["mcpworkers schedules run-now"] = ["mcpworkers tasks wait $(mcpworkers schedules run-now nightly)"],
        ["mcpworkers schedules remove"] = ["mcpworkers schedules remove nightly"],
        ["mcpworkers events"] =
        [
            "mcpworkers events --status failed --since 1h --type terminal-claude --json",
            "mcpworkers events -f",
        ],
        ["mcpworkers runs"] = ["mcpworkers runs list --since 1d", "mcpworkers runs totals --by type"],
        ["mcpworkers runs list"] = ["mcpworkers runs list --status failed --since 7d", "mcpworkers runs list --type terminal-claude --json"],
        ["mcpworkers runs show"] = ["mcpworkers runs show run_0123456789abcdef"],
        ["mcpworkers budgets"] = ["mcpworkers budgets", "mcpworkers budgets --json"],
        ["mcpworkers runs totals"] = ["mcpworkers runs totals --by day --since 7d", "mcpworkers runs totals --by type --json"],
        ["mcpworkers mcp"] = ["claude mcp add workers -- mcpworkers mcp", "mcpworkers mcp --tools workers,workspaces,tasks", "mcpworkers mcp --config team.yaml"],
        ["mcpworkers serve"] = ["mcpworkers serve", "mcpworkers serve --port 7433"],
        ["mcpworkers daemon"] = ["mcpworkers daemon status", "mcpworkers daemon logs -f"],
        ["mcpworkers daemon status"] = ["mcpworkers daemon status", "mcpworkers daemon status --json"],
        ["mcpworkers daemon start"] = ["mcpworkers daemon start", "mcpworkers daemon start --config team.yaml"],
        ["mcpworkers daemon stop"] = ["mcpworkers daemon stop", "mcpworkers daemon stop --drain", "mcpworkers daemon stop --force"],
        ["mcpworkers daemon restart"] = ["mcpworkers daemon restart", "mcpworkers daemon restart --config team.yaml"],
        ["mcpworkers daemon logs"] = ["mcpworkers daemon logs -n 50", "mcpworkers daemon logs -f", "mcpworkers daemon logs --json | jq 'select(.level == \"warn\")'"],
        ["mcpworkers daemon log-level"] = ["mcpworkers daemon log-level", "mcpworkers daemon log-level debug"],
        ["mcpworkers dashboard"] = ["mcpworkers dashboard", "mcpworkers dashboard --no-open --read-only"],
        ["mcpworkers token"] = ["mcpworkers token create laptop --scope operate", "mcpworkers token list"],
        ["mcpworkers token create"] = ["mcpworkers token create laptop --scope operate --expires 90"],
        ["mcpworkers token list"] = ["mcpworkers token list --json"],
        ["mcpworkers token revoke"] = ["mcpworkers token revoke laptop"],
        ["mcpworkers doctor"] = ["mcpworkers doctor", "mcpworkers doctor --json"],
        ["mcpworkers config"] = ["mcpworkers config show"],
        ["mcpworkers config show"] = ["mcpworkers config show", "mcpworkers --config team.yaml config show --json"],
    };

    /// <param name="command">With the words that lead to it, such as <c>mcpworkers workers list</c>.</param>
    public static IReadOnlyList<string> Of(string command) => Examples.GetValueOrDefault(command, []);
}
