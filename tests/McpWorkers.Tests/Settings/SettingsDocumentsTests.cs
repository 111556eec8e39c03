using System.Text.RegularExpressions;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Settings;
using McpWorkers.Engine.Settings.Keys;
using McpWorkers.Engine.Settings.Reading;
using McpWorkers.Tests.Settings.Generated;
using Xunit;

namespace McpWorkers.Tests.Settings;

/// <summary>Shipped files, JSON schemas and documentation all say what the tables say.</summary>
public sealed partial class SettingsDocumentsTests
{
    [Fact]
    public void Schemas_for_editors_follow_from_the_tables()
    {
        RepositoryFiles.AssertUpToDate("settings/mcpworkers.schema.json", SettingsSchema.Of(HostKeys.Table, "McpWorkers: host settings"));
        RepositoryFiles.AssertUpToDate("settings/ecosystem.schema.json", SettingsSchema.Of(EcosystemKeys.Table, "McpWorkers: worker types and roles"));
    }

    [Fact]
    public void Documentation_holds_the_tables()
    {
        string path = Path.Combine(RepositoryFiles.Root, "docs/settings.md");
        string expected = GeneratedBlock().Replace(File.ReadAllText(path), block =>
        {
            string table = block.Groups["name"].Value switch
            {
                HostKeys.FileName => SettingsReference.Of(HostKeys.Table),
                EcosystemKeys.FileName => SettingsReference.Of(EcosystemKeys.Table),
                "variables" => string.Concat(SettingsVariables.Known.Keys.Select(v => $"- `{v}`\n")),
                var other => throw new InvalidOperationException($"docs/settings.md asks for '{other}'."),
            };
            return $"{block.Groups["open"].Value}\n{table}{block.Groups["close"].Value}";
        });
        Assert.Equal(3, GeneratedBlock().Count(expected));
        RepositoryFiles.AssertUpToDate("docs/settings.md", expected);
    }

    [Fact]
    public void Shipped_files_load_without_a_warning_and_say_what_the_defaults_say()
    {
        using var place = new SettingsPlace();
        var shipped = place.Load(directories: [Path.Combine(RepositoryFiles.Root, "settings")]);
        var bare = place.Load(directories: []);

        Assert.Empty(shipped.Settings.Warnings);
        Assert.Equal(
            ["terminal-claude edit", "terminal-qwen full", "terminal-gemini edit", "terminal-codex edit", "terminal-opencode edit", "terminal-copilot edit", "container-executor full", "simulated read_only"],
            shipped.Settings.WorkerTypes.Select(t => $"{t.Name} {t.Permission.ToWire()}"));
        Assert.Equal(Host(bare), Host(shipped));

        static IEnumerable<(string, string)> Host(LoadedSettings loaded) =>
            loaded.Values.Where(v => v.Key.Split('.')[0] is not ("workers" or "pools" or "roles")).Select(v => (v.Key, v.Value));
    }

    [Fact]
    public void What_the_shipped_files_show_in_comments_can_be_uncommented()
    {
        using var place = new SettingsPlace();
        foreach (string file in new[] { HostKeys.FileName, EcosystemKeys.FileName })
        {
            // '#key' is a setting, '# text' is text; an entry for a name that is there already goes into a file of its own.
            string text = Regex.Replace(SettingsPlace.Shipped(file), "^( *)#(?! |$)", "$1", RegexOptions.Multiline);
            text = Regex.Replace(text, "^( *)#(  )", "$1$2", RegexOptions.Multiline);
            text = text.Replace("  - name: terminal-claude\n    mcp_servers", "  - name: terminal-other\n    agent: claude\n    mcp_servers", StringComparison.Ordinal);
            place.Write($"user/{file}", text);
        }

        var loaded = place.Load();

        Assert.Equal("sonnet", loaded.Settings.WorkerTypes.Single(t => t.Name == "terminal-claude").Model);
        Assert.Equal(["copilot", "--deny-tool", "shell(rm)"], loaded.Settings.WorkerTypes.Single(t => t.Name == "terminal-copilot").Command);
        Assert.Equal("command", loaded.Settings.WorkerTypes.Single(t => t.Name == "word-count").Agent);
        Assert.Single(loaded.Settings.WorkerTypes.Single(t => t.Name == "terminal-other").McpServers);
        Assert.Contains(loaded.Values, v => v.Key == "roles.release-notes.tags");
        Assert.Equal(2, loaded.Settings.WorkerTypes.Single(t => t.Pool is not null && loaded.Settings.Pools.ContainsKey(t.Pool)).TasksMax);
        Assert.Equal(["CLAUDECODE", "GEMINI_CLI", "MCPWORKERS_*"], loaded.Settings.EnvironmentDeny);
        Assert.Equal(["/usr/local/bin/tell-me", "--loud"], loaded.Settings.Tasks.Notices.Command);
        Assert.Empty(loaded.Settings.Warnings);
    }

    [Fact]
    public void Defaults_of_the_table_are_those_of_the_model()
    {
        using var place = new SettingsPlace();
        var loaded = place.Load(directories: []).Settings;
        var model = new HostSettings { DataDirectory = loaded.DataDirectory };

        Assert.Equal(model.Bounds, loaded.Bounds);
        Assert.Equal(model.Containers with { PathMap = loaded.Containers.PathMap }, loaded.Containers);
        Assert.Empty(loaded.Containers.PathMap);
        Assert.Equal(model.ToolSets, loaded.ToolSets);
        Assert.Empty(loaded.Roles);
        Assert.Empty(loaded.Pools);
        Assert.Empty(loaded.Requests.Rules);
        Assert.Empty(loaded.Budgets.Prices);
        Assert.True(loaded.Tasks.Notices.IsNobodyTold);
        Assert.Empty(loaded.Tasks.Limits.FileTypes.Concat(loaded.Tasks.Limits.Repositories).Concat(loaded.Tasks.Notices.Headers.Keys));
        Assert.Equal(model.Workspaces.LeaveOut, loaded.Workspaces.LeaveOut);
        Assert.Equal(
            model with
            {
                AutoTypes = loaded.AutoTypes,
                Pools = loaded.Pools,
                EnvironmentDeny = loaded.EnvironmentDeny,
                WorkerTypes = loaded.WorkerTypes,
                Warnings = loaded.Warnings,
                ToolSets = loaded.ToolSets,
                Roles = loaded.Roles,
                Tasks = model.Tasks with
                {
                    Limits = model.Tasks.Limits with { FileTypes = loaded.Tasks.Limits.FileTypes, Repositories = loaded.Tasks.Limits.Repositories },
                    Notices = model.Tasks.Notices with { Command = loaded.Tasks.Notices.Command, Headers = loaded.Tasks.Notices.Headers },
                },
                Containers = loaded.Containers,
                Requests = model.Requests with { Rules = loaded.Requests.Rules },
                Budgets = model.Budgets with { Prices = loaded.Budgets.Prices },
                Quota = loaded.Quota,
                Workspaces = model.Workspaces with { LeaveOut = loaded.Workspaces.LeaveOut },
                Http = model.Http with { AllowedHosts = loaded.Http.AllowedHosts, AllowedOrigins = loaded.Http.AllowedOrigins },
            },
            loaded);
    }

    [GeneratedRegex("(?<open><!-- table: (?<name>.*) -->)\n(.*\n)*?(?<close><!-- end -->)")]
    private static partial Regex GeneratedBlock();
}
