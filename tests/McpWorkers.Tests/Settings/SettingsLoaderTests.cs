using McpWorkers.Engine.Model;
using McpWorkers.Engine.Settings;
using Xunit;

namespace McpWorkers.Tests.Settings;

public sealed class SettingsLoaderTests : IDisposable
{
    private readonly SettingsPlace _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void Each_later_place_overrides_single_keys_and_every_value_says_where_it_came_from()
    {
        _place.Write("shipped/mcpworkers.yaml", "max_workers: 10\nmax_concurrent_workers: 2\nprompt_bytes_max: 1000\nbounds:\n  silence_seconds: 60\n  first_output_seconds: 50\n");
        _place.Write("user/mcpworkers.yaml", "max_workers: 20\nmax_concurrent_workers: 3\nbounds:\n  silence_seconds: 61\n");
        _place.Write("mine.yaml", "max_workers: 30\n");

        var loaded = _place.Load("mine.yaml", new() { ["MCPWORKERS_MAX_WORKERS"] = "40", ["PATH"] = "/bin", ["MCPWORKERS_RUN"] = "x/run_1" });

        Assert.Equal(
            [
                $"workers_enabled=true from default",
                $"max_concurrent_workers=3 from user/mcpworkers.yaml:2",
                $"max_workers=40 from variable MCPWORKERS_MAX_WORKERS",
                $"prompt_bytes_max=1000 from shipped/mcpworkers.yaml:3",
                $"bounds.first_output_seconds=50 from shipped/mcpworkers.yaml:6",
                $"bounds.silence_seconds=61 from user/mcpworkers.yaml:4",
                $"bounds.after_result_seconds=30 from default",
                $"data_directory=/home/me/.local/state/mcpworkers from default",
            ],
            Shown(loaded, "workers_enabled", "max_concurrent_workers", "max_workers", "prompt_bytes_max", "bounds.first_output_seconds",
                "bounds.silence_seconds", "bounds.after_result_seconds", "data_directory"));
        Assert.Equal(40, loaded.Settings.MaxWorkers);
        Assert.Equal(TimeSpan.FromSeconds(61), loaded.Settings.Bounds.Silence);
        Assert.Equal(["shipped/mcpworkers.yaml", "user/mcpworkers.yaml", "mine.yaml"], loaded.Files.Select(f => Path.GetRelativePath(_place.Root, f)));
    }

    [Fact]
    public void Named_entries_merge_by_name_key_by_key_and_keep_their_order()
    {
        _place.Write("shipped/ecosystem.yaml", """
            workers:
              - name: one
                agent: claude
                permission: read_only
                model: small
                environment: {A: 1, B: 2}
                mcp_servers: [{name: m, command: old, args: [x]}, {name: n, command: other}]
              - name: two
                agent: qwen
            """);
        _place.Write("user/ecosystem.yaml", """
            workers:
              - {name: three, agent: codex}
              - name: one
                model: big
                environment: {B: 3, C: 4}
                mcp_servers: [{name: m, command: new}]
            """);

        var types = _place.Load().Settings.WorkerTypes;

        Assert.Equal(["one", "two", "three"], types.Select(t => t.Name));
        Assert.Equal(("claude", Permission.ReadOnly, "big"), (types[0].Agent, types[0].Permission, types[0].Model));
        Assert.Equal(new Dictionary<string, string> { ["A"] = "1", ["B"] = "3", ["C"] = "4" }, types[0].Environment);
        Assert.Equal(["m: new x", "n: other "], types[0].McpServers.Select(s => $"{s.Name}: {s.Command} {string.Join(' ', s.Arguments)}"));
    }

    [Fact]
    public void The_fields_of_the_original_system_keep_their_meaning()
    {
        _place.Write("user/mcpworkers.yaml", """
            workers_enabled: true  # Enable worker orchestration
            max_concurrent_workers: 10
            worker_default_type: "terminal-qwen"
            worker_timeout_seconds: 300
            session_buddy_integration: true
            """);
        _place.Write("user/ecosystem.yaml", """
            workers:
              - name: "terminal-qwen"
                command_template: "qwen -o stream-json --approval-mode yolo"
                progress_tracking: "stream-json"
                result_storage: "session-buddy"
              - name: "terminal-claude"
                command_template: "claude --output-format stream-json --permission-mode acceptEdits"
                progress_tracking: "stream-json"
                result_storage: "session-buddy"
              - name: "container-executor"
                runtime: "docker"
                progress_tracking: "socket"
                result_storage: "session-buddy"
              - name: "debug-monitor"
                implementation: "iterm2-python-api"
                streaming: "session-buddy"
                trigger: "--debug flag enabled"
            """);

        var settings = _place.Load().Settings;

        Assert.Equal("terminal-qwen", settings.DefaultType);
        Assert.Equal(
            ["qwen: qwen -o stream-json --approval-mode yolo", "claude: claude --output-format stream-json --permission-mode acceptEdits", "container: ", "debug-monitor: "],
            settings.WorkerTypes.Select(t => $"{t.Agent}: {string.Join(' ', t.Command)}"));
        Assert.Equal(
            "session_buddy_integration is on, but this version has no connection to a Session-Buddy server yet: results stay here.",
            Assert.Single(settings.Warnings).Split(":5: ")[1]);
    }

    [Theory]
    [InlineData("{name: terminal-gemini}", "gemini")]
    [InlineData("{name: simulated}", "simulated")]
    [InlineData("{name: x, command_template: /opt/bin/codex -c a=b}", "codex")]
    [InlineData("{name: x, command_template: [my-agent, --json], progress_tracking: stream-json}", "stream-json")]
    [InlineData("{name: terminal-claude, command_template: wc -w}", "command")]
    [InlineData("{name: x, command_template: qwen, agent: stream-json}", "stream-json")]
    public void An_agent_that_is_not_named_is_told_by_command_or_name(string entry, string agent)
    {
        _place.Write("user/ecosystem.yaml", $"workers: [{entry}]");

        Assert.Equal(agent, Assert.Single(_place.Load().Settings.WorkerTypes).Agent);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(-7, 1)]
    [InlineData(1, 1)]
    [InlineData(100, 100)]
    [InlineData(101, 100)]
    public void The_limit_of_concurrent_workers_is_clamped_with_a_warning(int written, int used)
    {
        _place.Write("user/mcpworkers.yaml", $"max_concurrent_workers: {written}");

        var settings = _place.Load().Settings;

        Assert.Equal(used, settings.MaxConcurrentWorkers);
        Assert.Equal(
            written == used ? [] : [$"{_place.Root}/user/mcpworkers.yaml:1: max_concurrent_workers: {written} is out of range; {used} is used. Allowed: a whole number from 1 to 100."],
            settings.Warnings);
    }

    [Fact]
    public void Bounds_of_a_type_stand_on_the_hosts_and_its_time_out_is_its_wall_clock()
    {
        _place.Write("user/mcpworkers.yaml", "worker_timeout_seconds: 60\nbounds: {silence_seconds: 20, silence_in_tool_seconds: 10}");
        _place.Write("user/ecosystem.yaml", "workers: [{name: a, agent: claude, timeout_seconds: 90, bounds: {silence_seconds: 2000, after_result_seconds: 3}}, {name: b, agent: qwen}]");

        var settings = _place.Load().Settings;

        Assert.EndsWith("bounds.silence_in_tool_seconds: 10 is less than silence_seconds; 20 is used.", Assert.Single(settings.Warnings), StringComparison.Ordinal);
        Assert.Equal(
            settings.Bounds with
            {
                Silence = TimeSpan.FromSeconds(2000),
                SilenceInTool = TimeSpan.FromSeconds(2000),
                AfterResult = TimeSpan.FromSeconds(3),
                WallClock = TimeSpan.FromSeconds(90),
            },
            settings.WorkerTypes[0].Bounds);
        Assert.Equal(settings.Bounds, settings.WorkerTypes[1].Bounds);
        Assert.Equal(TimeSpan.FromSeconds(60), settings.Bounds.WallClock);
        Assert.Null(settings.WorkerTypes[1].Timeout);
    }

    [Fact]
    public void Variables_reach_every_key_of_the_host_by_its_name()
    {
        var settings = _place.Load(environment: new()
        {
            ["MCPWORKERS_WORKERS_ENABLED"] = "false",
            ["MCPWORKERS_WORKER_AUTO_TYPES"] = "",
            ["MCPWORKERS_ENVIRONMENT_DENY"] = "A, B_*",
            ["MCPWORKERS_DATA_DIRECTORY"] = "~/data",
            ["MCPWORKERS_BOUNDS_SILENCE_SECONDS"] = "7",
            ["MCPWORKERS_MAX_CONCURRENT_WORKERS"] = "500",
        }).Settings;

        Assert.False(settings.WorkersEnabled);
        Assert.Empty(settings.AutoTypes);
        Assert.Equal(["A", "B_*"], settings.EnvironmentDeny);
        Assert.Equal("/home/me/data", settings.DataDirectory);
        Assert.Equal(TimeSpan.FromSeconds(7), settings.Bounds.Silence);
        Assert.Equal(100, settings.MaxConcurrentWorkers);
    }

    [Fact]
    public void A_named_file_may_hold_the_keys_of_both_files_and_a_named_directory_is_read_like_the_others()
    {
        _place.Write("both.yaml", "max_workers: 7\nworkers: [{name: a, agent: claude}]\n");
        _place.Write("dir/mcpworkers.yaml", "max_workers: 8\n");

        Assert.Equal((7, 1), (_place.Load("both.yaml").Settings.MaxWorkers, _place.Load("both.yaml").Settings.WorkerTypes.Count));
        Assert.Equal(8, _place.Load("dir").Settings.MaxWorkers);
    }

    [Fact]
    public void What_looks_like_a_secret_is_masked_where_settings_are_shown()
    {
        _place.Write("user/ecosystem.yaml", """
            workers:
              - name: a
                command_template: my-agent --api-key k1 --token=k2 --max-tokens 5 --verbose
                environment: {ANTHROPIC_API_KEY: k3, GITHUB_TOKEN: k4, MODE: fast, MAX_TOKENS: 9}
                mcp_servers: [{name: m, command: x, env: {DB_PASSWORD: k5}}]
            """);

        var loaded = _place.Load();

        Assert.Equal(
            [
                "workers.a.command_template=[my-agent, --api-key, ***, --token=***, --max-tokens, \"5\", --verbose] from user/ecosystem.yaml:3",
                "workers.a.environment.ANTHROPIC_API_KEY=*** from user/ecosystem.yaml:4",
                "workers.a.environment.MODE=fast from user/ecosystem.yaml:4",
                "workers.a.environment.MAX_TOKENS=\"9\" from user/ecosystem.yaml:4",
                "workers.a.mcp_servers.m.env.DB_PASSWORD=*** from user/ecosystem.yaml:5",
                "workers.a.agent=command from default",
                "workers.a.permission=edit from default",
            ],
            Shown(loaded, "workers.a.command_template", "workers.a.environment.ANTHROPIC_API_KEY", "workers.a.environment.MODE",
                "workers.a.environment.MAX_TOKENS", "workers.a.mcp_servers.m.env.DB_PASSWORD", "workers.a.agent", "workers.a.permission"));
        Assert.DoesNotContain(loaded.Values, v => v.Value.Contains("k3", StringComparison.Ordinal) || v.Value.Contains("k4", StringComparison.Ordinal));
        Assert.Equal("k3", loaded.Settings.WorkerTypes[0].Environment["ANTHROPIC_API_KEY"]);
    }

    [Fact]
    public void Roles_are_kept_with_any_texts_and_lists()
    {
        _place.Write("user/ecosystem.yaml", "roles: [{name: worker, description: does it, tags: [a, b], duties: [c], level: 3}]");

        Assert.Equal(
            ["roles.worker.description=does it", "roles.worker.tags=[a, b]", "roles.worker.duties=[c]", "roles.worker.level=\"3\""],
            _place.Load().Values.Where(v => v.Key.StartsWith("roles", StringComparison.Ordinal)).Select(v => $"{v.Key}={v.Value}"));
    }

    [Fact]
    public void Anchors_bring_the_same_bounds_to_two_types_and_empty_lists_mean_none()
    {
        _place.Write("user/ecosystem.yaml", """
            workers:
              - {name: a, agent: claude, bounds: &slow {silence_seconds: 900}}
              - {name: b, agent: qwen, bounds: *slow}
            roles:
            """);

        Assert.All(_place.Load().Settings.WorkerTypes, t => Assert.Equal(TimeSpan.FromSeconds(900), t.Bounds.Silence));
    }

    [Fact]
    public void Without_shipped_files_the_engine_brings_its_worker_types()
    {
        var usual = SettingsSources.Usual(null, SettingsPlace.Agents);

        Assert.Equal(8, _place.Load(shippedEcosystem: usual.ShippedEcosystem).Settings.WorkerTypes.Count);
        _place.Write("shipped/ecosystem.yaml", "workers: [{name: only, agent: claude}]");
        Assert.Equal("only", Assert.Single(_place.Load(shippedEcosystem: usual.ShippedEcosystem).Settings.WorkerTypes).Name);
    }

    [Fact]
    public void Nested_session_variables_are_withheld_and_configuration_of_the_agents_is_not()
    {
        var deny = _place.Load().Settings.EnvironmentDeny;

        Assert.All(
            ["CLAUDECODE", "CLAUDE_CODE_ENTRYPOINT", "CLAUDE_CODE_SSE_PORT", "QWEN_CODE", "GEMINI_CLI", "CODEX_SANDBOX_NETWORK_DISABLED", "OPENCODE", "COPILOT_AGENT_SESSION_ID", "MCPWORKERS_MAX_WORKERS"],
            name => Assert.Contains(deny, pattern => Denies(pattern, name)));
        Assert.All(
            ["COPILOT_PROVIDER_BASE_URL", "COPILOT_MODEL", "OPENCODE_CONFIG_CONTENT", "OPENCODE_CONFIG", "CODEX_HOME", "GEMINI_CLI_SYSTEM_SETTINGS_PATH", "GEMINI_API_KEY", "CLAUDE_CODE_OAUTH_TOKEN", "CLAUDE_CONFIG_DIR", "CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_MAX_RETRIES", "QWEN_CODE_SUPPRESS_YOLO_WARNING", "PATH", "HOME"],
            name => Assert.DoesNotContain(deny, pattern => Denies(pattern, name)));

        static bool Denies(string pattern, string name) =>
            pattern.EndsWith('*') ? name.StartsWith(pattern[..^1], StringComparison.Ordinal) : pattern == name;
    }

    private IEnumerable<string> Shown(LoadedSettings loaded, params string[] keys) =>
        keys.Select(key => loaded.Values.Single(v => v.Key == key))
            .Select(v => $"{v.Key}={v.Value} from {v.Origin}".Replace(_place.Root + "/", "", StringComparison.Ordinal));
}
