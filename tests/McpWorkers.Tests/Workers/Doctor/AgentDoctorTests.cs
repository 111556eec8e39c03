using McpWorkers.Engine.Execution.Processes;
using System.Diagnostics;
using System.Runtime.Versioning;
using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers.Doctor;
using Xunit;

namespace McpWorkers.Tests.Workers.Doctor;

/// <summary>Against real scripts, in a directory that stands for PATH.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class AgentDoctorTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("mcpworkers-doctor-").FullName;
    private readonly Dictionary<string, string> _environment = [];
    private readonly List<string> _commands = [];

    public AgentDoctorTests()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The fake agents are shell scripts.");
        Directory.CreateDirectory(Path.Combine(_root, "bin"));
        Directory.CreateDirectory(Path.Combine(_root, "home"));
        Directory.CreateDirectory(Path.Combine(_root, "data"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Script("sh", "exit 0");
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact(Timeout = 60_000)]
    public async Task A_healthy_agent_is_told_with_version_flags_and_where_its_key_was_found()
    {
        Script("alpha", """
            case "$1" in
              --version) echo "warning: 9.9.9 is near" >&2; echo "alpha 1.2.3 (Alpha)";;
              --help) echo "  -p, --print   print"; echo "  --output-format <f>" >&2;;
            esac
            """);
        _environment["ALPHA_API_KEY"] = "sk-never-shown";

        var report = await Examine(Settings("terminal-alpha"));

        var agent = Assert.Single(report.Agents, a => a.Program == "alpha");
        Assert.Equal(Path.Combine(_root, "bin/alpha"), agent.Path);
        Assert.Equal(("1.2.3", true, "variable ALPHA_API_KEY"), (agent.Version, agent.VersionProved, agent.Credential));
        Assert.Empty(agent.Warnings);
        Assert.Empty(agent.MissingFlags);
        Assert.Equal("terminal-alpha can run.", report.Checks[0].Message);
        Assert.Equal(0, report.ExitCode);
        Assert.DoesNotContain("sk-never-shown", report.ToJson().ToJsonString(), StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task An_unknown_version_a_missing_flag_and_a_missing_key_are_warnings_and_no_failure()
    {
        Script("alpha", """
            case "$1" in
              --version) echo "2.0.0-beta.1";;
              --help) echo "  -p  --output-format-new";;
            esac
            """);

        var report = await Examine(Settings("terminal-alpha"));

        var agent = Assert.Single(report.Agents, a => a.Program == "alpha");
        Assert.Equal(("2.0.0-beta.1", false), (agent.Version, agent.VersionProved));
        Assert.Equal(["--output-format"], agent.MissingFlags);
        Assert.Equal(
            [
                "Version 2.0.0-beta.1 has not been tried with McpWorkers; tried: 1.2.3, 1.2.2.",
                "Its help does not show --output-format, which McpWorkers uses: runs may fail.",
                "No key or login was found; looked for variable ALPHA_API_KEY, file ~/.alpha/login.json.",
            ],
            agent.Warnings);
        Assert.Equal(0, report.ExitCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_missing_agent_comes_with_the_command_that_installs_it()
    {
        var report = await Examine(Settings("terminal-alpha"));

        var agent = Assert.Single(report.Agents, a => a.Program == "alpha");
        Assert.False(agent.Installed);
        Assert.Equal("install-alpha --now", agent.Install);
        Assert.Equal(
            new DoctorCheck("default worker type", CheckStatus.Failed, "terminal-alpha cannot run.", "The program 'alpha' was not found. Install it: install-alpha --now"),
            report.Checks[0]);
        Assert.Equal(1, report.ExitCode);
        Assert.Empty(_commands);
    }

    [Fact(Timeout = 60_000)]
    public async Task Auto_takes_the_first_type_that_is_installed()
    {
        Script("beta", "echo 3.0.0");

        var report = await Examine(Settings("auto"));

        Assert.Equal("terminal-beta", report.ResolvedDefaultType);
        Assert.Equal("terminal-beta (the first of worker_auto_types that is installed) can run.", report.Checks[0].Message);
        Assert.Equal(0, report.ExitCode);
        Assert.Equal(
            ["terminal-alpha: The program 'alpha' was not found. Install it: install-alpha --now", "terminal-beta: ", "inside: ", "boxed: Workers of the kind 'debug-monitor' cannot be spawned by this version.",
             "special: The program '/opt/alpha/alpha' was not found. Put it on PATH, or name its path in command_template."],
            report.Types.Select(t => $"{t.Name}: {t.Missing}"));
        Assert.Equal(["alpha alpha", "alpha /opt/alpha/alpha", "beta beta"], report.Agents.Select(a => $"{a.Agent} {a.Program}"));
    }

    [Fact(Timeout = 60_000)]
    public async Task Without_any_agent_auto_fails_with_a_remedy_and_simulated_runs()
    {
        var none = await Examine(Settings("auto"));
        var simulated = await Examine(Settings("inside"));

        Assert.Null(none.ResolvedDefaultType);
        Assert.Equal("worker_default_type is auto, and none of terminal-alpha, terminal-beta is installed.", none.Checks[0].Message);
        Assert.Equal(1, none.ExitCode);
        Assert.Equal(0, simulated.ExitCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task An_agent_that_hangs_or_fails_or_says_nothing_is_a_warning()
    {
        Script("alpha", "exec sleep 30");
        Script("beta", "echo no number; exit 0");
        string[] alpha = [.. (await Examine(Settings("terminal-alpha"), TimeSpan.FromMilliseconds(300))).Agents[0].Warnings];
        Script("alpha", "echo 1.2.3; exit 7");
        var second = await Examine(Settings("terminal-alpha"));

        Assert.Equal("It did not answer --version within 15 s.", alpha[0]);
        Assert.Equal("Its help (--help) could not be read.", alpha[1]);
        Assert.Equal("--version ended with exit code 7.", second.Agents[0].Warnings[0]);
        Assert.Null(second.Agents[0].Version);
        Assert.Equal("What it prints for --version names no version.", second.Agents.Single(a => a.Agent == "beta").Warnings[0]);
    }

    [Fact(Timeout = 60_000)]
    public async Task Logins_are_found_as_files_and_in_the_environment_of_types()
    {
        var ofType = await Examine(Settings("inside") with
        {
            WorkerTypes = [new() { Name = "keyed", Agent = "alpha", Environment = new Dictionary<string, string> { ["ALPHA_API_KEY"] = "x" } }],
        });
        Directory.CreateDirectory(Path.Combine(_root, "home/.alpha"));
        await File.WriteAllTextAsync(Path.Combine(_root, "home/.alpha/login.json"), "{}", TestContext.Current.CancellationToken);
        _environment["ALPHA_API_KEY"] = "";
        var ofFile = await Examine(Settings("inside"));

        Assert.Equal("variable ALPHA_API_KEY of worker type keyed", ofType.Agents[0].Credential);
        Assert.Equal("file ~/.alpha/login.json", ofFile.Agents[0].Credential);
    }

    [Fact(Timeout = 60_000)]
    public async Task The_host_is_looked_at_too()
    {
        string data = Path.Combine(_root, "data");
        File.SetUnixFileMode(data, File.GetUnixFileMode(data) | UnixFileMode.GroupRead | UnixFileMode.GroupExecute);
        File.Delete(Path.Combine(_root, "bin/sh"));
        string file = Path.Combine(_root, "file");
        await File.WriteAllTextAsync(file, "", TestContext.Current.CancellationToken);

        var open = await Examine(Settings("inside") with { Warnings = ["x:1: clamped"] });
        var absent = await Examine(Settings("inside") with { DataDirectory = Path.Combine(_root, "new/deep") });
        var blocked = await Examine(Settings("inside") with { DataDirectory = file, WorkersEnabled = false });

        Assert.Equal(new("data directory", CheckStatus.Warning, $"{data} is open to other users (mode 750); it holds prompts and outputs.", $"chmod 700 {data}"), open.Checks[1]);
        Assert.Equal(("shell", CheckStatus.Failed), (open.Checks[2].Name, open.Checks[2].Status));
        Assert.Equal(new("settings", CheckStatus.Warning, "x:1: clamped"), open.Checks[^2]);
        Assert.Equal("containers", open.Checks[^1].Name);
        Assert.Equal(1, open.ExitCode);
        Assert.Equal($"{_root}/new/deep is made at the first run.", absent.Checks[1].Message);
        Assert.False(Directory.Exists(Path.Combine(_root, "new")));
        Assert.Equal($"{file} is a file.", blocked.Checks[1].Message);
        Assert.Equal("workers_enabled is false: nothing can be spawned.", blocked.Checks[0].Message);
        Assert.Empty(Directory.EnumerateFileSystemEntries(data));
    }

    [Fact(Timeout = 60_000)]
    public async Task The_json_form_holds_all_of_it()
    {
        Script("beta", "echo 3.0.0");

        var json = (await Examine(Settings("terminal-beta"))).ToJson();

        Assert.Equal(["exit_code", "default_type", "resolved_default_type", "checks", "agents", "types"], json.Select(p => p.Key));
        Assert.Equal("ok", (string?)json["checks"]![0]!["status"]);
        Assert.Equal(
            $$"""{"agent":"beta","program":"beta","installed":true,"path":"{{_root}}/bin/beta","version":"3.0.0","version_proved":false,"missing_flags":[],"credential":null,"warnings":["Version 3.0.0 has not been tried with McpWorkers; tried: none."],"install":"install-beta"}""",
            json["agents"]!.AsArray().Single(a => (string?)a!["agent"] == "beta")!.ToJsonString());
        Assert.Equal("""{"name":"terminal-beta","agent":"beta","can_run":true,"missing":null}""", json["types"]![1]!.ToJsonString());
    }

    private HostSettings Settings(string defaultType) => new()
    {
        DataDirectory = Path.Combine(_root, "data"),
        DefaultType = defaultType,
        AutoTypes = ["terminal-alpha", "terminal-beta"],
        WorkerTypes =
        [
            new() { Name = "terminal-alpha", Agent = "alpha" },
            new() { Name = "terminal-beta", Agent = "beta" },
            new() { Name = "inside", Agent = "simulated" },
            new() { Name = "boxed", Agent = "debug-monitor" },
            new() { Name = "special", Agent = "alpha", Command = ["/opt/alpha/alpha", "-x"] },
        ],
    };

    private Task<DoctorReport> Examine(HostSettings settings, TimeSpan? commandLimit = null)
    {
        IAgentAdapter[] adapters =
        [
            new ProbedAdapter("alpha", new(
                "alpha", ["--version"], [["--help"]], ["-p", "--output-format"], ["1.2.3", "1.2.2"], "install-alpha --now", ["ALPHA_API_KEY"], [".alpha/login.json"])),
            new ProbedAdapter("beta", new("beta", ["--version"], [], [], [], "install-beta", [], [])),
            new ProbedAdapter("simulated", new("", [], [], [], [], "", [], [])),
        ];
        var doctor = new AgentDoctor(
            adapters, settings, Find, (path, arguments, limit, cancel) => RunAsync(path, arguments, commandLimit ?? limit, cancel),
            new(_environment, Path.Combine(_root, "home")));
        return doctor.ExamineAsync(TestContext.Current.CancellationToken);
    }

    private string? Find(string program)
    {
        string path = Path.Combine(_root, "bin", program);
        return File.Exists(path) ? path : null;
    }

    private async Task<CommandOutput> RunAsync(string path, IReadOnlyList<string> arguments, TimeSpan limit, CancellationToken cancellationToken)
    {
        lock (_commands)
        {
            _commands.Add(path);
        }

        using var process = Process.Start(new ProcessStartInfo("/bin/sh", [path, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(limit);
        var stdout = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var stderr = process.StandardError.ReadToEndAsync(cancellationToken);
        try
        {
            await process.WaitForExitAsync(bound.Token);
            return new(process.ExitCode, await stdout, await stderr);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            process.Kill(entireProcessTree: true);
            return new(null, await stdout, await stderr, TimedOut: true);
        }
    }

    private void Script(string name, string body) => File.WriteAllText(Path.Combine(_root, "bin", name), body + "\n");

    /// <summary>Nothing but a probe: the doctor asks an adapter for no more.</summary>
    private sealed class ProbedAdapter(string name, AgentProbe probe) : IAgentAdapter
    {
        public string Name => name;

        public AgentCapabilities Capabilities => new(false, false, UsageReporting.None, false);

        public AgentProbe Probe => probe;

        public AgentLaunch Plan(AgentRequest request) => throw new InvalidOperationException("The doctor runs no prompt.");

        public AgentReader NewReader(SessionTotals before) => throw new InvalidOperationException("The doctor runs no prompt.");
    }
}
