using McpWorkers.Cli;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Settings;
using McpWorkers.Engine.Workers;
using McpWorkers.Engine.Workers.Doctor;
using Xunit;

namespace McpWorkers.Tests.Cli;

public sealed class ReportsTests
{
    private static readonly DoctorReport Report = new()
    {
        DefaultType = "auto",
        ResolvedDefaultType = "terminal-claude",
        Checks =
        [
            new("default worker type", CheckStatus.Failed, "terminal-claude cannot run.", "npm install it"),
            new("data directory", CheckStatus.Ok, "/data is fine."),
        ],
        Agents =
        [
            new() { Agent = "claude", Program = "claude", Path = "/bin/claude", Version = "2.1", MissingFlags = ["--x"], Warnings = ["old\u001b[2J"] },
            new() { Agent = "qwen", Program = "qwen", Install = "npm install -g qwen" },
        ],
        Types = [new("terminal-claude", "claude", null), new("terminal-qwen", "qwen", "not found")],
    };

    [Fact]
    public async Task The_doctor_says_what_is_there_what_is_missing_and_what_mends_it()
    {
        var cli = new CliHost { Report = Report };

        Assert.Equal(1, await cli.RunAsync("doctor"));
        Assert.Equal(
            """
            FAIL  default worker type: terminal-claude cannot run.
                    -> npm install it
            ok    data directory: /data is fine.

            Agents
            warn  claude: 2.1 (not a proved version), /bin/claude, no login or key found
                    its help does not show: --x
                    old\e[2J
            none  qwen: 'qwen' is not installed
                    -> npm install -g qwen

            Worker types
            ok    terminal-claude (default)
            none  terminal-qwen: not found

            """,
            cli.Out.ToString());
    }

    [Theory]
    [InlineData(1, 1, 1, "1 worker, 1 settled run, 1 that the daemon takes up; 0 tasks, 0 schedules.")]
    [InlineData(0, 2, 0, "0 workers, 2 settled runs, 0 that the daemon takes up;")]
    public void A_repair_says_what_it_found(int workers, int settled, int unsettled, string expected) =>
        Assert.Contains(expected, DoctorCommand.Text(new StoreRebuilt(workers, settled, unsettled)), StringComparison.Ordinal);

    [Fact]
    public void A_repair_says_what_is_lost() => Assert.EndsWith(
        "; 1 task, 1 schedule. Prompts that were accepted and not launched yet were in the old one alone. Lost, since it could not be read: 3 tasks; access tokens.",
        DoctorCommand.Text(new StoreRebuilt(1, 1, 1) { Tasks = 1, Schedules = 1, Lost = ["3 tasks", "access tokens"] }),
        StringComparison.Ordinal);

    [Fact]
    public async Task A_repair_under_a_daemon_names_the_way_to_end_it()
    {
        var cli = new CliHost { Report = Report };

        Assert.NotEqual(0, await cli.RunAsync("doctor", "--repair"));
        Assert.Contains("mcpworkers daemon stop", cli.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_doctors_json_is_its_report_and_its_exit_code_stays()
    {
        var cli = new CliHost { Report = Report };

        Assert.Equal(1, await cli.RunAsync("doctor", "--json"));
        Assert.True(System.Text.Json.Nodes.JsonNode.DeepEquals(Report.ToJson(), System.Text.Json.Nodes.JsonNode.Parse(cli.Out.ToString())));
    }

    [Fact]
    public void Settings_are_shown_with_where_each_came_from()
    {
        var loaded = new LoadedSettings(
            new HostSettings { DataDirectory = "/data" },
            [
                new("max_concurrent_workers", "5", new SettingOrigin.Line("/etc/a.yaml", 3)),
                new("max_workers", "200", new SettingOrigin.BuiltIn()),
                new("data_directory", "/data", new SettingOrigin.Variable("MCPWORKERS_DATA_DIRECTORY")),
            ],
            ["/etc/a.yaml"]);

        Assert.Equal(
            """
            # read: /etc/a.yaml
            max_concurrent_workers: 5  # /etc/a.yaml:3
            max_workers: 200           # default
            data_directory: /data      # variable MCPWORKERS_DATA_DIRECTORY

            """,
            ConfigCommand.Text(loaded));
        Assert.StartsWith(
            """{"files":["/etc/a.yaml"],"settings":[{"key":"max_concurrent_workers","value":"5","origin":"/etc/a.yaml:3"},""",
            ConfigCommand.Json(loaded).ToJsonString(),
            StringComparison.Ordinal);
    }
}
