using McpWorkers.Engine.Model;
using McpWorkers.Engine.Settings.Keys;
using McpWorkers.Engine.Settings.Reading;

namespace McpWorkers.Engine.Settings.Building;

/// <summary>Makes what concerns tasks out of the host's keys <c>tasks</c> and <c>notify</c>.</summary>
internal static class TaskSettingsBuilder
{
    public static TaskSettings Of(SettingNode.Branch tree, SettingNode.Branch notify, int runsMax, SettingsSources sources, SettingsProblems problems)
    {
        return new()
        {
            DefaultRole = tree.Get<string>("default_role")!,
            ReservedForTasks = Reserved(tree["reserved_for_tasks"]!, runsMax, problems),
            OpenMax = (int)tree.Number("open_max")!.Value,
            Retry = new()
            {
                First = HostSettingsBuilder.Seconds(tree.Number("retry_first_seconds")!.Value),
                Longest = HostSettingsBuilder.Seconds(tree.Number("retry_longest_seconds")!.Value),
                PerMinute = (int)tree.Number("retries_per_minute")!.Value,
                DeathsMax = (int)tree.Number("deaths_max")!.Value,
            },
            Limits = new()
            {
                PromptBytesMax = (int)tree.Number("prompt_bytes_max")!.Value,
                FilesMax = (int)tree.Number("files_max")!.Value,
                FileBytesMax = tree.Number("file_bytes_max")!.Value,
                FileTypes = tree.Get<IReadOnlyList<string>>("file_types")!,
                Repositories = [.. tree.Get<IReadOnlyList<string>>("repositories")!.Select(place => HostSettingsBuilder.AtHome(place, sources))],
            },
            Notices = NoticesOf(notify, problems),
        };
    }

    /// <summary>A role that is named must be there; the one that nobody named need not.</summary>
    public static void CheckRole(SettingNode.Branch tree, IReadOnlyList<RoleSettings> roles, SettingsProblems problems)
    {
        var written = tree["default_role"]!;
        if (written.Origin is not SettingOrigin.BuiltIn && !roles.Any(role => role.Name == (string)written.Content))
        {
            problems.NotAllowed(
                written.Origin, "tasks.default_role", $"'{written.Content}'",
                $"a role of {EcosystemKeys.FileName} ({string.Join(", ", roles.Select(role => role.Name))})");
        }
    }

    public static IReadOnlyDictionary<string, int> PoolsOf(IEnumerable<SettingNode.Branch> entries, SettingsProblems problems)
    {
        Dictionary<string, int> pools = [];
        foreach (var entry in entries)
        {
            string name = entry.Get<string>("name")!;
            if (entry.Number("concurrency") is { } limit)
            {
                pools.Add(name, (int)limit);
            }
            else
            {
                problems.Add(entry.Origin, $"{EcosystemKeys.Pools}.{name} has no concurrency: how many tasks its types do at once together.");
            }
        }

        return pools;
    }

    /// <summary>A pool that is named must be there.</summary>
    public static void CheckPool(SettingNode.Branch entry, WorkerType type, IReadOnlyDictionary<string, int> pools, SettingsProblems problems)
    {
        if (type.Pool is { } pool && !pools.ContainsKey(pool))
        {
            problems.NotAllowed(
                entry["pool"]!.Origin, $"{EcosystemKeys.Workers}.{type.Name}.pool", $"'{pool}'",
                $"a pool of {EcosystemKeys.FileName} ({(pools.Count == 0 ? "there is none: add one to pools" : string.Join(", ", pools.Keys))})");
        }
    }

    private static int Reserved(SettingNode.Value written, int runsMax, SettingsProblems problems)
    {
        int reserved = (int)(long)written.Content;
        int most = runsMax - 1;
        if (reserved > most && written.Origin is not SettingOrigin.BuiltIn)
        {
            problems.Warn(written.Origin, FormattableString.Invariant(
                $"tasks.reserved_for_tasks: {reserved} would leave nothing of max_concurrent_workers ({runsMax}) to direct prompts; {most} is used."));
        }

        return Math.Min(reserved, most);
    }

    private static NoticeSettings NoticesOf(SettingNode.Branch tree, SettingsProblems problems) => new()
    {
        Command = tree.Get<IReadOnlyList<string>>("command") ?? [],
        Url = Address(tree["url"], problems),
        Headers = tree.Under("headers")!.Children.ToDictionary(header => header.Key, header => (string)((SettingNode.Value)header.Value).Content),
        Timeout = HostSettingsBuilder.Seconds(tree.Number("timeout_seconds")!.Value),
    };

    private static Uri? Address(SettingNode.Value? written, SettingsProblems problems)
    {
        if (written is null)
        {
            return null;
        }

        if (Uri.TryCreate((string)written.Content, UriKind.Absolute, out var address))
        {
            return address;
        }

        problems.NotAllowed(written.Origin, "notify.url", $"'{written.Content}'", TextRule.WebAddress.Allowed);
        return null;
    }
}
