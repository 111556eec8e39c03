using McpWorkers.Engine.Model;
using McpWorkers.Engine.Settings.Keys;
using McpWorkers.Engine.Settings.Reading;

namespace McpWorkers.Engine.Settings.Building;

/// <summary>Makes the host's settings out of the merged tree, and checks what only the whole can tell.</summary>
internal static class HostSettingsBuilder
{
    public static HostSettings Build(SettingNode.Branch tree, SettingsSources sources, SettingsProblems problems)
    {
        var timeout = Seconds(tree.Number("worker_timeout_seconds")!.Value);
        var bounds = BoundsBuilder.Build(tree.Under("bounds")!, RunBounds.Default, "bounds.", problems) with { WallClock = timeout };
        var limits = ContainerBuilder.LimitsOf(tree.Under("limits"), ResourceLimits.None);
        var containers = ContainerBuilder.HostOf(tree.Under("containers")!, problems);
        int runsMax = (int)tree.Number("max_concurrent_workers")!.Value;
        var types = new WorkerTypeBuilder(bounds, limits, containers, sources, problems);
        var settings = new HostSettings
        {
            WorkersEnabled = tree.Flag("workers_enabled")!.Value,
            MaxConcurrentWorkers = runsMax,
            MaxWorkers = (int)tree.Number("max_workers")!.Value,
            DefaultType = tree.Get<string>("worker_default_type")!,
            AutoTypes = tree.Get<IReadOnlyList<string>>("worker_auto_types")!,
            DefaultTimeout = timeout,
            DataDirectory = DataDirectory(tree["data_directory"], sources, problems),
            PromptBytesMax = (int)tree.Number("prompt_bytes_max")!.Value,
            OutputInlineMax = (int)tree.Number("output_inline_max")!.Value,
            Bounds = bounds,
            WorkerIdle = TimeSpan.FromHours(tree.Number("worker_idle_hours")!.Value),
            DaemonIdle = tree.Number("daemon_idle_minutes") is > 0 and var minutes ? TimeSpan.FromMinutes(minutes) : null,
            LogLevel = tree.Get<string>("log_level")!,
            DefaultWorkingDirectory = tree.Get<string>("working_directory") is { } named ? Path.GetFullPath(AtHome(named, sources)) : null,
            Retention = RetentionOf(tree.Under("retention")!),
            ToolSets = ToolSetsOf(tree.Under("mcp")!, problems),
            Workspaces = WorkspaceBuilder.Of(tree.Under("workspaces")!, problems),
            Limits = limits,
            Containers = containers,
            Http = HttpOf(tree.Under("http")!, sources),
            Requests = RequestSettingsBuilder.Of(tree.Under("requests")!, problems),
            Tasks = TaskSettingsBuilder.Of(tree.Under("tasks")!, tree.Under("notify")!, runsMax, sources, problems),
            Quota = QuotaBuilder.Of(tree.Under("quota")!, Entries(tree, "signals"), sources, problems),
            Budgets = BudgetBuilder.HostOf(tree.Under("budgets")!, Entries(tree, "prices")),
            Pools = TaskSettingsBuilder.PoolsOf(Entries(tree, EcosystemKeys.Pools), problems),
            Roles = [.. Entries(tree, EcosystemKeys.Roles).Select(entry => RoleBuilder.Build(entry, problems))],
            EnvironmentDeny = tree.Get<IReadOnlyList<string>>("environment_deny")!,
            SessionBuddyIntegration = tree.Flag("session_buddy_integration")!.Value,
            WorkerTypes = [.. Entries(tree, EcosystemKeys.Workers).Select(types.Build)],
        };
        if (problems.Problems.Count == 0)
        {
            // After any other problem a name may be unknown only because its entry could not be read.
            CheckTypeNames(tree, settings, problems);
        }

        if (settings.SessionBuddyIntegration)
        {
            problems.Warn(
                tree["session_buddy_integration"]!.Origin,
                "session_buddy_integration is on, but this version has no connection to a Session-Buddy server yet: results stay here.");
        }

        return settings;
    }

    public static TimeSpan Seconds(long seconds) => TimeSpan.FromSeconds(seconds);

    public static string AtHome(string path, SettingsSources sources) =>
        path.StartsWith("~/", StringComparison.Ordinal) ? Path.Combine(sources.HomeDirectory, path[2..]) : path;

    private static IEnumerable<SettingNode.Branch> Entries(SettingNode.Branch tree, string list) =>
        tree.Under(list)!.Children.Values.Cast<SettingNode.Branch>();

    private static RetentionSettings RetentionOf(SettingNode.Branch tree) => new()
    {
        Age = TimeSpan.FromDays(tree.Number("days")!.Value),
        BytesMax = tree.Number("bytes_max")!.Value,
        Uncollected = tree.Flag("uncollected")!.Value,
    };

    private static IReadOnlyList<string> ToolSetsOf(SettingNode.Branch tree, SettingsProblems problems)
    {
        var written = tree["tools"]!;
        var names = tree.Get<IReadOnlyList<string>>("tools")!;
        if (names.Count == 0)
        {
            problems.NotAllowed(written.Origin, "mcp.tools", "an empty list", "a list with at least one of " + string.Join(", ", ToolSetNames.All));
        }

        return [.. ToolSetNames.All.Where(names.Contains)];
    }

    private static HttpSettings HttpOf(SettingNode.Branch tree, SettingsSources sources) => new()
    {
        Enabled = tree.Flag("enabled")!.Value,
        Address = tree.Get<string>("address")!,
        Port = (int)tree.Number("port")!.Value,
        AllowedHosts = tree.Get<IReadOnlyList<string>>("allowed_hosts")!,
        AllowedOrigins = tree.Get<IReadOnlyList<string>>("allowed_origins")!,
        TokenOnLoopback = tree.Flag("token_on_loopback")!.Value,
        Certificate = tree.Get<string>("certificate") is { } certificate ? AtHome(certificate, sources) : null,
        CertificateKey = tree.Get<string>("certificate_key") is { } key ? AtHome(key, sources) : null,
        RequestBytesMax = tree.Number("request_bytes_max")!.Value,
        SessionsMax = (int)tree.Number("sessions_max")!.Value,
        SessionIdle = TimeSpan.FromMinutes(tree.Number("session_idle_minutes")!.Value),
    };

    private static string DataDirectory(SettingNode.Value? written, SettingsSources sources, SettingsProblems problems)
    {
        string path = written?.Content as string ?? sources.DefaultDataDirectory;
        string whole = AtHome(path, sources);
        if (!Path.IsPathRooted(whole))
        {
            problems.Add(
                written?.Origin ?? new SettingOrigin.BuiltIn(),
                $"data_directory: '{path}' has no place, because there is no home directory. Set HOME, or data_directory to an absolute path.");
        }

        return Path.GetFullPath(whole);
    }

    private static void CheckTypeNames(SettingNode.Branch tree, HostSettings settings, SettingsProblems problems)
    {
        string[] names = [.. settings.WorkerTypes.Select(t => t.Name)];
        string known = $"a worker type of {EcosystemKeys.FileName} ({string.Join(", ", names)})";
        if (settings.DefaultType != "auto" && !names.Contains(settings.DefaultType))
        {
            problems.NotAllowed(tree["worker_default_type"]!.Origin, "worker_default_type", $"'{settings.DefaultType}'", "auto, or " + known);
        }

        // The default list names types that whoever writes an ecosystem.yaml of his own need not have.
        var auto = tree["worker_auto_types"]!;
        foreach (string name in settings.AutoTypes.Except(names).Where(_ => auto.Origin is not SettingOrigin.BuiltIn))
        {
            problems.NotAllowed(auto.Origin, "worker_auto_types", $"'{name}'", known);
        }

        foreach (var (entry, role) in Entries(tree, EcosystemKeys.Roles).Zip(settings.Roles))
        {
            RoleBuilder.CheckTypeNames(entry, role, names, problems);
        }

        foreach (var (entry, type) in Entries(tree, EcosystemKeys.Workers).Zip(settings.WorkerTypes))
        {
            TaskSettingsBuilder.CheckPool(entry, type, settings.Pools, problems);
        }

        TaskSettingsBuilder.CheckRole(tree.Under("tasks")!, settings.Roles, problems);
    }
}
