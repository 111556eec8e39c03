using McpWorkers.Engine.Model;
using McpWorkers.Engine.Settings.Building;
using McpWorkers.Engine.Settings.Keys;
using McpWorkers.Engine.Settings.Reading;

namespace McpWorkers.Engine.Settings;

/// <summary>Finds, reads, checks and merges the settings. Depends on nothing but its sources.</summary>
public static class SettingsLoader
{
    /// <exception cref="RefusedException">
    /// Something is wrong (<see cref="RefusalCode.InvalidSettings"/>). The message has one line for each problem: file and line, key, value,
    /// what is allowed.
    /// </exception>
    public static LoadedSettings Load(SettingsSources sources)
    {
        ArgumentNullException.ThrowIfNull(sources);
        var problems = new SettingsProblems();
        List<string> files = [];
        var tree = SettingDefaults.Of(HostKeys.Table.With(EcosystemKeys.Table));
        foreach (var layer in Layers(sources, files, problems))
        {
            tree = tree.OverriddenBy(layer);
        }

        tree = tree.OverriddenBy(SettingsVariables.Read(sources.Environment, problems));
        var settings = HostSettingsBuilder.Build(tree, sources, problems);
        return problems.Problems.Count == 0
            ? new(settings with { Warnings = problems.Warnings }, EffectiveValues.Of(tree, settings), files)
            : throw new RefusedException(
                RefusalCode.InvalidSettings,
                string.Join('\n', ["The settings cannot be used:", .. problems.Problems]));
    }

    private static IEnumerable<SettingNode.Branch> Layers(SettingsSources sources, List<string> files, SettingsProblems problems)
    {
        if (sources.ShippedEcosystem is { } shipped
            && !sources.Directories.Take(1).Any(d => File.Exists(Path.Combine(d, EcosystemKeys.FileName))))
        {
            if (SettingsFile.ReadText("built-in " + EcosystemKeys.FileName, shipped, EcosystemKeys.Table, problems) is { } layer)
            {
                yield return layer;
            }
        }

        foreach (var (path, table) in sources.Directories.SelectMany(InDirectory).Concat(Named(sources.ConfigPath, problems)))
        {
            files.Add(path);
            if (SettingsFile.Read(path, table, problems) is { } layer)
            {
                yield return layer;
            }
        }
    }

    private static IEnumerable<(string Path, KeyTable Table)> InDirectory(string directory) =>
        new[] { (Path.Combine(directory, HostKeys.FileName), HostKeys.Table), (Path.Combine(directory, EcosystemKeys.FileName), EcosystemKeys.Table) }
            .Where(f => File.Exists(f.Item1));

    /// <summary>A file named by the user may hold the keys of both files; a directory is read like the others.</summary>
    private static (string Path, KeyTable Table)[] Named(string? path, SettingsProblems problems)
    {
        if (path is null)
        {
            return [];
        }

        if (File.Exists(path))
        {
            return [(path, HostKeys.Table.With(EcosystemKeys.Table))];
        }

        if (!Directory.Exists(path))
        {
            problems.Add($"--config {path}: there is no such file or directory.");
            return [];
        }

        (string, KeyTable)[] found = [.. InDirectory(path)];
        if (found.Length == 0)
        {
            problems.Add($"--config {path}: this directory holds neither {HostKeys.FileName} nor {EcosystemKeys.FileName}.");
        }

        return found;
    }
}
