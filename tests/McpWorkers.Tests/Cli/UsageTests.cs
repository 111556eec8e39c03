using Xunit;

namespace McpWorkers.Tests.Cli;

public sealed class UsageTests
{
    private const string Execute = "Usage and examples: mcpworkers workers execute --help";

    public static TheoryData<string[], string> Refused() => new()
    {
        { ["workers", "execute", "-p", "x", "-n", "0"], $"mcpworkers: -n 0: allowed is a whole number, 1 to 50.\n{Execute}\n" },
        { ["workers", "execute", "-p", "x", "-n", "51"], $"mcpworkers: -n 51: allowed is a whole number, 1 to 50.\n{Execute}\n" },
        { ["workers", "execute", "-p", "x", "--count", "two"], $"mcpworkers: -n two: allowed is a whole number, 1 to 50.\n{Execute}\n" },
        { ["workers", "execute", "-p", "x", "-T", "29"], $"mcpworkers: -T 29: allowed is a whole number, 30 to 3600 seconds, or 0 for the type's default.\n{Execute}\n" },
        { ["workers", "execute", "-p", "x", "--timeout", "3601"], $"mcpworkers: -T 3601: allowed is a whole number, 30 to 3600 seconds, or 0 for the type's default.\n{Execute}\n" },
        { ["workers", "execute", "-p", "x", "-T", "1e2"], $"mcpworkers: -T 1e2: allowed is a whole number, 30 to 3600 seconds, or 0 for the type's default.\n{Execute}\n" },
        { ["workers", "execute", "-p", "x", "--permission", "root"], $"mcpworkers: --permission root: allowed are read_only, edit, ask, full.\n{Execute}\n" },
        { ["workers", "execute", "-p"], $"mcpworkers: Required argument missing for option: '-p'.\n{Execute}\n" },
        { ["workers", "execute"], "mcpworkers: there is no prompt. Give it with -p \"…\", with --prompt-file FILE, or through a pipe.\n" },
        { ["workers", "execute", "-p", " \n"], "mcpworkers: the prompt is empty: -p has no text. Give it with -p \"…\", with --prompt-file FILE, or through a pipe.\n" },
        { ["workers", "execute", "-p", "x", "--prompt-file", "y"], "mcpworkers: -p and --prompt-file are both given. Give the prompt once.\n" },
        { ["workers", "execute", "-p", "x", "--colour"], $"mcpworkers: Unrecognized command or argument '--colour'.\n{Execute}\n" },
        { [], "mcpworkers: a command is missing. Commands: workers, tasks, queue, stop-all, schedules, requests, events, runs, budgets, mcp, serve, daemon, dashboard, token, worktrees, trust, verify, doctor, config.\nUsage and examples: mcpworkers --help\n" },
        { ["wrokers"], "mcpworkers: 'wrokers' is no command here. Commands: workers, tasks, queue, stop-all, schedules, requests, events, runs, budgets, mcp, serve, daemon, dashboard, token, worktrees, trust, verify, doctor, config.\nUsage and examples: mcpworkers --help\n" },
        { ["config"], "mcpworkers: a command is missing. Commands: show.\nUsage and examples: mcpworkers config --help\n" },
        { ["config", "show"], "mcpworkers: The settings cannot be used:\nx.yaml:1: bad\n" },
        { ["workers", "execute", "-p", "x", "--no-wait"], "mcpworkers: --no-wait needs the id of a worker that lives on: 'mcpworkers workers spawn' makes one.\n" },
        { ["workers", "execute", "term_a", "-p", "x", "-n", "2"], "mcpworkers: --count is for workers that are spawned, and 'term_a' exists already. Leave one of them out.\n" },
        { ["workers", "execute", "term_a", "-p", "x", "--in-process"], "mcpworkers: --in-process has no worker 'term_a': its workers live and end with the command. Leave one of them out.\n" },
        { ["workers", "spawn", "-n", "x"], "mcpworkers: -n x: allowed is a whole number, 1 to 50.\nUsage and examples: mcpworkers workers spawn --help\n" },
        { ["workers", "monitor", "--interval", "11"], "mcpworkers: --interval 11: allowed is a number of seconds, 0.1 to 10.\nUsage and examples: mcpworkers workers monitor --help\n" },
        { ["workers", "logs"], "mcpworkers: Required argument missing for command: 'logs'.\nUsage and examples: mcpworkers workers logs --help\n" },
        { ["workers", "logs", "x", "-n", "-1"], "mcpworkers: -n -1: allowed is a whole number, 0 to 10000.\nUsage and examples: mcpworkers workers logs --help\n" },
        { ["workers", "cancel"], "mcpworkers: Required argument missing for command: 'cancel'.\nUsage and examples: mcpworkers workers cancel --help\n" },
        { ["workers", "close", "a", "b"], "mcpworkers: Unrecognized command or argument 'b'.\nUsage and examples: mcpworkers workers close --help\n" },
        { ["workers", "batch", "a", "b", "c", "-p", "1", "-p", "2"], "mcpworkers: there are 3 workers and 2 prompts. Give one prompt for all, or one for each worker.\n" },
        { ["workers", "batch", "a"], "mcpworkers: a batch needs workers and prompts: 'batch ID ID -p \"…\"', 'batch --worker ID --prompt \"…\" --worker ID --prompt \"…\"', or --file tasks.json.\n" },
        { ["workers", "batch", "a", "--file", "tasks.json"], "mcpworkers: --file is given together with workers or prompts. The file holds both.\n" },
        { ["workers", "spawn", "--workspace", "container"], "mcpworkers: --workspace container: allowed are directory, worktree, clone.\nUsage and examples: mcpworkers workers spawn --help\n" },
        { ["workers", "spawn", "--workspace", "clone"], "mcpworkers: --workspace clone needs --repo: a URL, or the path of a repository.\n" },
        { ["workers", "spawn", "--repo", "x"], "mcpworkers: --repo is for --workspace clone only. Give that, or leave --repo out.\n" },
        { ["workers", "spawn", "--workspace", "worktree", "--branch", "x"], "mcpworkers: --branch is for --workspace clone only. Give that, or leave --branch out.\n" },
        { ["workers", "spawn", "--workspace", "directory", "--bring-changes"], "mcpworkers: --bring-changes is for --workspace worktree only. Give that, or leave --bring-changes out.\n" },
        { ["workers", "spawn", "--from", "v1"], "mcpworkers: --from is for --workspace worktree only. Give that, or leave --from out.\n" },
        { ["workers", "execute", "-p", "x", "--verify", " "], $"mcpworkers: --verify: the command is empty.\n{Execute}\n" },
        { ["workers", "execute", "term_a", "-p", "x", "--verify", "make"], "mcpworkers: --verify is for workers that are spawned, and 'term_a' exists already. Leave one of them out.\n" },
        { ["workers", "execute", "term_a", "-p", "x", "--workspace", "worktree"], "mcpworkers: --workspace is for workers that are spawned, and 'term_a' exists already. Leave one of them out.\n" },
        { ["workers", "diff"], "mcpworkers: Required argument missing for command: 'diff'.\nUsage and examples: mcpworkers workers diff --help\n" },
        { ["workers", "diff", "--patch"], "mcpworkers: Required argument missing for option: '--patch'.\nmcpworkers: Required argument missing for command: 'diff'.\nUsage and examples: mcpworkers workers diff --help\n" },
        { ["workers", "merge"], "mcpworkers: it is not said which workers. Give ids, or --all.\n" },
        { ["workers", "merge", "term_a", "--all"], "mcpworkers: ids and --all are both given. Give one of them.\n" },
        { ["workers", "merge", "--all", "--dry-run", "--squash"], "mcpworkers: --dry-run merges nothing, so there is nothing to squash or verify. Leave them out.\n" },
        { ["workers", "merge", "--al"], "mcpworkers: Unrecognized command or argument '--al'.\nUsage and examples: mcpworkers workers merge --help\n" },
        { ["workers", "discard"], "mcpworkers: Required argument missing for command: 'discard'.\nUsage and examples: mcpworkers workers discard --help\n" },
        { ["workers", "open", "term_a"], "mcpworkers: a shell or editor needs a terminal, and there is none here. 'mcpworkers worktrees list --json' names the path.\n" },
        { ["workers", "trash"], "mcpworkers: a command is missing. Commands: list, show, restore, empty.\nUsage and examples: mcpworkers workers trash --help\n" },
        { ["workers", "trash", "show"], "mcpworkers: Required argument missing for command: 'show'.\nUsage and examples: mcpworkers workers trash show --help\n" },
        { ["workers", "trash", "restore", "a", "b"], "mcpworkers: Unrecognized command or argument 'b'.\nUsage and examples: mcpworkers workers trash restore --help\n" },
        { ["workers", "trash", "empty"], "mcpworkers: it is not said which snapshots. Give ids, or --all.\n" },
        { ["workers", "trash", "empty", "a", "--all"], "mcpworkers: ids and --all are both given. Give one of them.\n" },
        { ["worktrees"], "mcpworkers: a command is missing. Commands: list, prune.\nUsage and examples: mcpworkers worktrees --help\n" },
        { ["trust"], "mcpworkers: Required argument missing for command: 'trust'.\nUsage and examples: mcpworkers trust --help\n" },
        { ["trust", ""], "mcpworkers: the directory is empty. Name one in the repository, such as '.'.\n" },
        { ["verify"], "mcpworkers: a command is missing. Commands: modes.\nUsage and examples: mcpworkers verify --help\n" },
        { ["mcp", "--tools", "wrokers"], "mcpworkers: --tools: tool set 'wrokers' is not known. Known: workers, workspaces, tasks, requests.\n" },
        { ["mcp", "--tools", ""], "mcpworkers: --tools has an empty name of a tool set. Known: workers, workspaces, tasks, requests.\n" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Bad_usage_is_refused_with_what_is_allowed(string[] args, string message)
    {
        var cli = new CliHost();

        Assert.Equal(2, await cli.RunAsync(args));
        Assert.Equal(message, cli.Error.ToString());
        Assert.Empty(cli.Out.ToString());
    }

    [Theory]
    [InlineData("spawn")]
    [InlineData("execute", "-p", "x")]
    [InlineData("execute", "term_0123456789ab", "-p", "x")]
    [InlineData("execute", "term_0123456789ab", "-p", "x", "--no-wait")]
    [InlineData("batch", "term_0123456789ab", "-p", "x")]
    [InlineData("list")]
    [InlineData("monitor")]
    [InlineData("monitor", "-f")]
    [InlineData("logs", "term_0123456789ab")]
    [InlineData("collect")]
    [InlineData("cancel", "term_0123456789ab")]
    [InlineData("close", "term_0123456789ab")]
    [InlineData("close-all")]
    [InlineData("health")]
    [InlineData("spawn", "--workspace", "worktree", "--from", "v1", "--verify", "make", "--verify", "make test")]
    [InlineData("diff", "term_0123456789ab")]
    [InlineData("merge", "--all")]
    [InlineData("merge", "term_0123456789ab", "--dry-run", "--into", "main")]
    [InlineData("discard", "term_0123456789ab")]
    [InlineData("trash", "list")]
    [InlineData("trash", "show", "x")]
    [InlineData("trash", "restore", "x")]
    [InlineData("trash", "empty", "x")]
    public async Task A_door_that_is_shut_ends_a_command_with_its_reason(params string[] args)
    {
        var cli = new CliHost();

        Assert.Equal(2, await cli.RunAsync(["workers", .. args, "--json"]));
        Assert.Equal("mcpworkers: no door\n", cli.Error.ToString());
        Assert.Empty(cli.Out.ToString());
        Assert.Single(cli.Requests);
    }

    [Fact]
    public async Task The_common_options_stand_before_or_after_the_command()
    {
        var cli = new CliHost();

        await cli.RunAsync("--config", "a.yaml", "workers", "execute", "-p", "x", "--data-dir", "d", "--in-process");
        await cli.RunAsync("workers", "types", "--config", "/b.yaml");

        Assert.Equal([new("/place/a.yaml", "/place/d", true), new("/b.yaml", null, false)], cli.Requests);
    }

    [Fact]
    public async Task A_prompt_that_looks_like_a_response_file_is_a_prompt()
    {
        var cli = new CliHost();

        await cli.RunAsync("workers", "execute", "-n3", "-p", "@team, look at this");

        Assert.Equal("mcpworkers: no door\n", cli.Error.ToString());
        Assert.Single(cli.Requests);
    }

    [Fact]
    public async Task An_unexpected_fault_is_one_line_and_details_come_with_verbose()
    {
        var cli = new CliHost { Fault = new InvalidOperationException("broken\u001b[2J") };

        Assert.Equal(1, await cli.RunAsync("workers", "types"));
        Assert.Equal("mcpworkers: this is a bug, please report it: InvalidOperationException: broken\\e[2J\n", cli.Error.ToString());
        await cli.RunAsync("workers", "types", "--verbose");
        Assert.Contains("   at McpWorkers.", cli.Error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mcpworkers")]
    [InlineData("mcpworkers workers")]
    [InlineData("mcpworkers workers execute")]
    [InlineData("mcpworkers workers types")]
    [InlineData("mcpworkers workers spawn")]
    [InlineData("mcpworkers workers batch")]
    [InlineData("mcpworkers workers list")]
    [InlineData("mcpworkers workers monitor")]
    [InlineData("mcpworkers workers logs")]
    [InlineData("mcpworkers workers collect")]
    [InlineData("mcpworkers workers cancel")]
    [InlineData("mcpworkers workers close")]
    [InlineData("mcpworkers workers close-all")]
    [InlineData("mcpworkers workers health")]
    [InlineData("mcpworkers workers diff")]
    [InlineData("mcpworkers workers merge")]
    [InlineData("mcpworkers workers discard")]
    [InlineData("mcpworkers workers open")]
    [InlineData("mcpworkers workers trash")]
    [InlineData("mcpworkers workers trash list")]
    [InlineData("mcpworkers workers trash show")]
    [InlineData("mcpworkers workers trash restore")]
    [InlineData("mcpworkers workers trash empty")]
    [InlineData("mcpworkers worktrees")]
    [InlineData("mcpworkers worktrees list")]
    [InlineData("mcpworkers worktrees prune")]
    [InlineData("mcpworkers trust")]
    [InlineData("mcpworkers verify")]
    [InlineData("mcpworkers verify modes")]
    [InlineData("mcpworkers tasks")]
    [InlineData("mcpworkers tasks add")]
    [InlineData("mcpworkers tasks list")]
    [InlineData("mcpworkers tasks show")]
    [InlineData("mcpworkers tasks logs")]
    [InlineData("mcpworkers tasks edit")]
    [InlineData("mcpworkers tasks cancel")]
    [InlineData("mcpworkers tasks retry")]
    [InlineData("mcpworkers tasks wait")]
    [InlineData("mcpworkers queue")]
    [InlineData("mcpworkers queue status")]
    [InlineData("mcpworkers queue pause")]
    [InlineData("mcpworkers queue resume")]
    [InlineData("mcpworkers stop-all")]
    [InlineData("mcpworkers schedules")]
    [InlineData("mcpworkers schedules add")]
    [InlineData("mcpworkers schedules list")]
    [InlineData("mcpworkers schedules pause")]
    [InlineData("mcpworkers schedules resume")]
    [InlineData("mcpworkers schedules run-now")]
    [InlineData("mcpworkers schedules remove")]
    [InlineData("mcpworkers mcp")]
    [InlineData("mcpworkers serve")]
    [InlineData("mcpworkers daemon")]
    [InlineData("mcpworkers daemon status")]
    [InlineData("mcpworkers daemon start")]
    [InlineData("mcpworkers daemon stop")]
    [InlineData("mcpworkers daemon restart")]
    [InlineData("mcpworkers daemon logs")]
    [InlineData("mcpworkers token")]
    [InlineData("mcpworkers token create")]
    [InlineData("mcpworkers token list")]
    [InlineData("mcpworkers token revoke")]
    [InlineData("mcpworkers doctor")]
    [InlineData("mcpworkers config")]
    [InlineData("mcpworkers config show")]
    public async Task Every_command_has_help_with_examples(string command)
    {
        var cli = new CliHost();

        Assert.Equal(0, await cli.RunAsync([.. command.Split(' ')[1..], "--help"]));
        Assert.Contains("Examples:\n", cli.Out.ToString(), StringComparison.Ordinal);
        Assert.Contains(command, cli.Out.ToString(), StringComparison.Ordinal);
        Assert.Empty(cli.Error.ToString());
    }

    [Fact]
    public async Task The_version_is_printed()
    {
        var cli = new CliHost();

        Assert.Equal(0, await cli.RunAsync("--version"));
        Assert.StartsWith("0.", cli.Out.ToString(), StringComparison.Ordinal);
    }
}
