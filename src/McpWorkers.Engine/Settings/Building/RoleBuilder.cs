using McpWorkers.Engine.Model;
using McpWorkers.Engine.Settings.Keys;
using McpWorkers.Engine.Settings.Reading;

namespace McpWorkers.Engine.Settings.Building;

/// <summary>Makes roles out of merged entries of <c>ecosystem.yaml</c>.</summary>
internal static class RoleBuilder
{
    private static readonly SettingNode.Branch Defaults = SettingDefaults.Of(EcosystemKeys.Role);

    public static RoleSettings Build(SettingNode.Branch entry, SettingsProblems problems)
    {
        var tree = Defaults.OverriddenBy(entry);
        var retry = tree.Under("retry")!;
        var role = new RoleSettings
        {
            Name = entry.Get<string>("name")!,
            Description = tree.Get<string>("description") ?? "",
            Tags = Texts(tree, "tags"),
            Instructions = tree.Get<string>("instructions") ?? "",
            Specializations = Texts(tree, "specializations"),
            AllowedTools = Texts(tree, "allowed_tools"),
            Permission = PermissionNames.TryParse(tree.Get<string>("permission"), out var permission) ? permission : null,
            Autonomy = AutonomyLevelNames.TryParse(tree.Get<string>("autonomy"), out var autonomy) ? autonomy : null,
            Concurrency = (int)tree.Number("concurrency")!.Value,
            Queues = [.. Texts(tree, "queues").Distinct()],
            WorkerTypes = Texts(tree, "worker_types"),
            Workspace = WorkspaceKindNames.TryParse(tree.Get<string>("workspace") ?? "", out var workspace) ? workspace : null,
            Verify = Texts(tree, "verify"),
            Timeout = tree.Number("timeout_seconds") is { } seconds ? HostSettingsBuilder.Seconds(seconds) : null,
            Budget = BudgetBuilder.Of(tree.Under("budget")),
            Retry = new()
            {
                MaxAttempts = (int)retry.Number("max_attempts")!.Value,
                Workspace = retry.Get<string>("workspace") == "same" ? RetryWorkspace.Same : RetryWorkspace.Fresh,
                AfterLoss = retry.Flag("after_loss")!.Value,
            },
            TasksPerWorker = (int)tree.Number("tasks_per_worker")!.Value,
        };
        Check(entry, role, problems);
        return role;
    }

    /// <summary>Names that only the whole can tell.</summary>
    public static void CheckTypeNames(SettingNode.Branch entry, RoleSettings role, IReadOnlyList<string> types, SettingsProblems problems)
    {
        foreach (string name in role.WorkerTypes.Except(types))
        {
            problems.NotAllowed(
                entry["worker_types"]!.Origin, $"{EcosystemKeys.Roles}.{role.Name}.worker_types", $"'{name}'",
                $"a worker type of {EcosystemKeys.FileName} ({string.Join(", ", types)})");
        }
    }

    private static void Check(SettingNode.Branch entry, RoleSettings role, SettingsProblems problems)
    {
        string path = $"{EcosystemKeys.Roles}.{role.Name}";
        if (role.Queues.Count == 0)
        {
            problems.NotAllowed(entry["queues"]!.Origin, path + ".queues", "an empty list", "a list with at least one queue");
        }

        // Further keys are the user's own and kept; one letter beside a key of ours is more likely a slip.
        foreach (var (key, node) in entry.Children.Where(child => EcosystemKeys.Role.Find(child.Key) is null))
        {
            if (Nearest.To(key, EcosystemKeys.Role.Names) is { } near)
            {
                problems.Warn(node.Origin, $"{path}.{key} is not a known key and means nothing here. Did you mean {near}?");
            }
        }
    }

    private static IReadOnlyList<string> Texts(SettingNode.Branch tree, string key) => tree.Get<IReadOnlyList<string>>(key)!;
}
