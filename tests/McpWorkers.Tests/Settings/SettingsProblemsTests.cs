using McpWorkers.Engine.Settings.Keys;
using McpWorkers.Engine.Settings.Reading;
using Xunit;

namespace McpWorkers.Tests.Settings;

public sealed class SettingsProblemsTests : IDisposable
{
    private const string HostKeyNames =
        "workers_enabled, max_concurrent_workers, max_workers, worker_default_type, worker_auto_types, worker_timeout_seconds, "
        + "session_buddy_integration, data_directory, prompt_bytes_max, output_inline_max, bounds, limits, containers, worker_idle_hours, daemon_idle_minutes, log_level, working_directory, "
        + "retention, mcp, workspaces, tasks, quota, signals, requests, notify, budgets, prices, http, environment_deny";

    private readonly SettingsPlace _place = new();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData("max_workers: ten", "max_workers: 'ten' is not allowed. Allowed: a whole number from 1 to 10000.")]
    [InlineData("max_workers: \"10\"", "max_workers: '10' is not allowed. Allowed: a whole number from 1 to 10000.")]
    [InlineData("max_workers: 1.5", "max_workers: '1.5' is not allowed. Allowed: a whole number from 1 to 10000.")]
    [InlineData("max_workers: [1]", "max_workers: a list is not allowed. Allowed: a whole number from 1 to 10000.")]
    [InlineData("max_workers:", "max_workers: no value is not allowed. Allowed: a whole number from 1 to 10000.")]
    [InlineData("worker_timeout_seconds: 29", "worker_timeout_seconds: '29' is not allowed. Allowed: a whole number from 30 to 3600.")]
    [InlineData("worker_timeout_seconds: 3601", "worker_timeout_seconds: '3601' is not allowed. Allowed: a whole number from 30 to 3600.")]
    [InlineData("worker_timeout_seconds: 99999999999999999999", "worker_timeout_seconds: '99999999999999999999' is not allowed. Allowed: a whole number from 30 to 3600.")]
    [InlineData("workers_enabled: yes", "workers_enabled: 'yes' is not allowed. Allowed: true or false.")]
    [InlineData("workers_enabled: {a: 1}", "workers_enabled: a mapping is not allowed. Allowed: true or false.")]
    [InlineData("data_directory: runs", "data_directory: 'runs' is not allowed. Allowed: an absolute path, or one that begins with ~/.")]
    [InlineData("worker_default_type: my type", "worker_default_type: 'my type' is not allowed. Allowed: 1 to 64 letters, digits, '-' and '_', a letter or digit first.")]
    [InlineData("worker_auto_types: terminal-qwen", "worker_auto_types: 'terminal-qwen' is not allowed. Allowed: a list, each item 1 to 64 letters, digits, '-' and '_', a letter or digit first.")]
    [InlineData("environment_deny: [A, B*C]", "environment_deny[1]: 'B*C' is not allowed. Allowed: a variable's name, or the beginning of names with a '*' after it.")]
    [InlineData("bounds: 5", "bounds: '5' is not allowed. Allowed: a mapping with the keys first_output_seconds, silence_seconds, silence_in_tool_seconds, after_result_seconds, output_bytes_max, line_bytes_max.")]
    [InlineData("bounds: {silence_seconds: 0}", "bounds.silence_seconds: '0' is not allowed. Allowed: a whole number from 1 to 3600.")]
    [InlineData("max_worker: 5", "max_worker is not a known key. Did you mean max_workers? Known: " + HostKeyNames + ".")]
    [InlineData("colour: red", "colour is not a known key. Known: " + HostKeyNames + ".")]
    [InlineData("workers: []", "workers is not a known key. It belongs into ecosystem.yaml. Known: " + HostKeyNames + ".")]
    [InlineData("bounds: {silence: 5}", "bounds.silence is not a known key. Known: first_output_seconds, silence_seconds, silence_in_tool_seconds, after_result_seconds, output_bytes_max, line_bytes_max.")]
    [InlineData("\"a\\nb\\e[0m\": 1", "a\uFFFDb\uFFFD[0m is not a known key. Known: " + HostKeyNames + ".")]
    [InlineData("[a, b]", "keys with values are expected, such as 'workers_enabled: …'.")]
    [InlineData("worker_default_type: terminal-qwem", "worker_default_type: 'terminal-qwem' is not allowed. Allowed: auto, or a worker type of ecosystem.yaml ().")]
    public void A_bad_value_names_file_line_key_value_and_what_is_allowed(string yaml, string problem)
    {
        _place.Write("user/mcpworkers.yaml", "# a comment\n\n" + yaml + "\n");

        Assert.Equal([$"user/mcpworkers.yaml:3: {problem}"], _place.Problems());
    }

    [Theory]
    [InlineData("workers: {a: 1}", "workers: a mapping is not allowed. Allowed: a list of mappings, each with a name.")]
    [InlineData("workers: [one]", "workers[0]: 'one' is not allowed. Allowed: a mapping with a name.")]
    [InlineData("workers: [{agent: claude}]", "workers[0] has no name.")]
    [InlineData("workers: [{name: a b, agent: claude}]", "workers.a b.name: 'a b' is not allowed. Allowed: 1 to 64 letters, digits, '-' and '_', a letter or digit first.")]
    [InlineData("workers: [{name: a, agent: claude}, {name: a, agent: qwen}]", "workers.a is given twice; first at user/ecosystem.yaml:1.")]
    [InlineData("workers: [{name: a, agent: claud}]", "workers.a.agent: 'claud' is not allowed. Allowed: claude, qwen, gemini, codex, opencode, copilot, grok, stream-json, command, container, simulated.")]
    [InlineData("workers: [{name: a}]", "workers.a says neither by agent nor by command_template what to run. Allowed as agent: claude, qwen, gemini, codex, opencode, copilot, grok, stream-json, command, container, simulated.")]
    [InlineData("workers: [{name: a, agent: command}]", "workers.a: the agent 'command' has no program of its own; command_template must name one.")]
    [InlineData("workers: [{name: auto, agent: claude}]", "workers.auto: 'auto' stands for a choice among the types and cannot be one.")]
    [InlineData("workers: [{name: a, agent: claude, permission: everything}]", "workers.a.permission: 'everything' is not allowed. Allowed: read_only, edit, ask or full.")]
    [InlineData("workers: [{name: a, agent: claude, timeout_seconds: 10}]", "workers.a.timeout_seconds: '10' is not allowed. Allowed: a whole number from 30 to 3600.")]
    [InlineData("workers: [{name: a, agent: claude, environment: {A-B: x}}]", "workers.a.environment: the name 'A-B' is not allowed. Allowed: a variable's name: letters, digits and '_', no digit first.")]
    [InlineData("workers: [{name: a, agent: claude, environment: {A: [x]}}]", "workers.a.environment.A: a list is not allowed. Allowed: a text.")]
    [InlineData("workers: [{name: a, agent: claude, environment: {MCPWORKERS_RUN: x}}]", "workers.a.environment.MCPWORKERS_RUN cannot be set: by it the processes of a run are found and ended.")]
    [InlineData("workers: [{name: a, agent: claude, mcp_servers: [{name: m}]}]", "workers.a.mcp_servers.m has no command.")]
    [InlineData("workers: [{name: a, agent: claude, mcp_servers: [{name: m, command: x, url: y}]}]", "workers.a.mcp_servers.m.url is not a known key. Known: name, command, args, env.")]
    [InlineData("workers: [{name: a, agent: claude, command_template: 'claude \"x'}]", "workers.a.command_template: 'claude \"x' is not allowed. Allowed: a text with at least one word, its quotes closed, or a list of texts.")]
    [InlineData("workers: [{name: a, agent: claude, command_template: ' '}]", "workers.a.command_template: ' ' is not allowed. Allowed: a text with at least one word, its quotes closed, or a list of texts.")]
    [InlineData("workers: [{name: a, agent: claude, comand_template: x}]", "workers.a.comand_template is not a known key. Did you mean command_template? Known: name, agent, description, permission, unattended, questions, model, command_template, environment, pass_environment, timeout_seconds, bounds, workspace, setup, verify, ports, mcp_servers, may_delegate, prompt_by, concurrency, pool, budget, pool_budget, progress_tracking, result_storage, launcher, container, limits, runtime, implementation, streaming, trigger.")]
    [InlineData("roles: [{name: r, limits: {a: 1}}]", "roles.r.limits: a mapping is not allowed. Allowed: a text or a list of texts.")]
    [InlineData("max_workers: 5", "max_workers is not a known key. It belongs into mcpworkers.yaml. Known: workers, pools, roles.")]
    public void A_bad_worker_type_is_named(string yaml, string problem)
    {
        _place.Write("user/ecosystem.yaml", yaml);

        Assert.Equal([$"user/ecosystem.yaml:1: {problem}"], _place.Problems());
    }

    [Fact]
    public void All_problems_of_all_files_are_told_at_once()
    {
        _place.Write("shipped/mcpworkers.yaml", "max_workers: 0\nmax_worker: 1\nmax_workers: 5\n");
        _place.Write("user/ecosystem.yaml", "workers:\n  - name: a\n    agent: claude\n    model: ''\n  - oops\n");

        string[] problems = _place.Problems("none.yaml", new() { ["MCPWORKERS_MAX_WORKERS"] = "x" });

        Assert.Equal(
            [
                "shipped/mcpworkers.yaml:1: max_workers: '0' is not allowed. Allowed: a whole number from 1 to 10000.",
                $"shipped/mcpworkers.yaml:2: max_worker is not a known key. Did you mean max_workers? Known: {HostKeyNames}.",
                "shipped/mcpworkers.yaml:3: max_workers is given twice; first in line 1.",
                "--config none.yaml: there is no such file or directory.",
                "user/ecosystem.yaml:4: workers.a.model: '' is not allowed. Allowed: a text that is not empty.",
                "user/ecosystem.yaml:5: workers[1]: 'oops' is not allowed. Allowed: a mapping with a name.",
                "variable MCPWORKERS_MAX_WORKERS: max_workers: 'x' is not allowed. Allowed: a whole number from 1 to 10000.",
            ],
            problems.Order(StringComparer.Ordinal).OrderBy(p => p.StartsWith("--", StringComparison.Ordinal) ? "t" : p, StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("a: [1\n", 2, "While parsing a flow sequence")]
    [InlineData("a: [1\nb: 2\n", 1, "The text ends too early, or a bracket is not closed.")]
    [InlineData("a: 1\nb: 2\n  c: 3\n", 3, "")]
    [InlineData("a: \"1\n", 1, "While scanning a quoted scalar, found unexpected end of stream.")]
    [InlineData("max_workers: *nowhere\n", 1, "The alias *nowhere has no anchor before it.")]
    [InlineData("max_workers: 5\n---\nmax_workers: 6\n", 2, "A second document begins here; one is allowed.")]
    [InlineData("? [a]\n: b\n", 1, "A key must be a plain text.")]
    public void A_file_that_is_no_yaml_says_where(string yaml, int line, string message)
    {
        _place.Write("user/mcpworkers.yaml", yaml);

        Assert.StartsWith(
            $"user/mcpworkers.yaml:{line}: not valid YAML: {message}", Assert.Single(_place.Problems()), StringComparison.Ordinal);
    }

    [Fact]
    public void No_text_whatever_makes_the_reader_fail_otherwise_than_by_problems()
    {
        var random = new Random(20261121);
        string[] seeds = [SettingsPlace.Shipped("mcpworkers.yaml"), SettingsPlace.Shipped("ecosystem.yaml").Replace("#", "", StringComparison.Ordinal)];
        const string Letters = "[]{}:,-?&*!|>'\"%@` #\n\t\\ab1~<\u0000\u2028";
        for (int i = 0; i < 3000; i++)
        {
            char[] text = seeds[i % 2].ToCharArray()[..random.Next(1, seeds[i % 2].Length)];
            for (int j = random.Next(1, 6); j > 0; j--)
            {
                text[random.Next(text.Length)] = Letters[random.Next(Letters.Length)];
            }

            var problems = new SettingsProblems();
            SettingsFile.ReadText("x.yaml", new(text), HostKeys.Table.With(EcosystemKeys.Table), problems);
            Assert.All(problems.Problems, p => Assert.Matches("^x\\.yaml:[0-9]+: ", p));
        }
    }

    [Fact]
    public void Depth_size_and_encoding_of_a_file_are_bounded()
    {
        _place.Write("deep.yaml", "max_workers: " + new string('[', 100_000));
        _place.Write("long.yaml", "#" + new string('x', 1024 * 1024));
        File.WriteAllBytes(Path.Combine(_place.Root, "latin.yaml"), [0x61, 0x3A, 0x20, 0xE9]);

        Assert.Equal(["deep.yaml:1: not valid YAML: Nested deeper than 32 levels."], _place.Problems("deep.yaml"));
        Assert.Equal(["long.yaml: is longer than 1048576 bytes, which no settings file is."], _place.Problems("long.yaml"));
        Assert.Equal(["latin.yaml: is not UTF-8 text."], _place.Problems("latin.yaml"));
    }

    [Fact]
    public void A_named_path_must_hold_settings()
    {
        Directory.CreateDirectory(Path.Combine(_place.Root, "empty"));

        Assert.Equal(["--config nowhere: there is no such file or directory."], _place.Problems("nowhere"));
        Assert.Equal(["--config empty: this directory holds neither mcpworkers.yaml nor ecosystem.yaml."], _place.Problems("empty"));
    }

    [Theory]
    [InlineData("MCPWORKERS_MAX_WORKER", "5", "no setting has this name. Did you mean MCPWORKERS_MAX_WORKERS?")]
    [InlineData("MCPWORKERS_WORKERS_ENABLED", "1", "workers_enabled: '1' is not allowed. Allowed: true or false.")]
    [InlineData("MCPWORKERS_MAX_WORKERS", "", "max_workers: no value is not allowed. Allowed: a whole number from 1 to 10000.")]
    [InlineData("MCPWORKERS_BOUNDS_LINE_BYTES_MAX", "9", "bounds.line_bytes_max: '9' is not allowed. Allowed: a whole number from 1024 to 1073741824.")]
    public void A_bad_variable_is_named(string variable, string value, string problem)
    {
        Assert.Equal([$"variable {variable}: {problem}"], _place.Problems(environment: new() { [variable] = value }));
    }

    [Fact]
    public void A_variable_that_resembles_nothing_gets_the_list()
    {
        string problem = Assert.Single(_place.Problems(environment: new() { ["MCPWORKERS_ZZZ"] = "1" }));

        Assert.StartsWith("variable MCPWORKERS_ZZZ: no setting has this name. Known: MCPWORKERS_WORKERS_ENABLED, ", problem, StringComparison.Ordinal);
    }
}
