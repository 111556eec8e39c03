using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workspaces.Setup;

/// <summary>
/// Outputs of set-ups, kept by what went into them: <c>REPOSITORY/INPUTS/0</c>, <c>1</c>, … in the order in which they are named. An entry
/// comes and goes by one rename, so it is whole where it is; several hosts may use the same.
/// </summary>
/// <param name="directory">Made when it is needed.</param>
internal sealed class SetupCache(string directory, TimeProvider time)
{
    /// <summary>Of each repository.</summary>
    public const int EntriesMax = 20;

    private static readonly TimeSpan PartAge = TimeSpan.FromDays(1);

    /// <summary>Brings all outputs into a workspace.</summary>
    /// <returns>Whether they are there. If not, nothing of them is, and the command has to run.</returns>
    /// <exception cref="RefusedException">An output is not a path within the workspace.</exception>
    public Task<bool> TryBringAsync(Workspace workspace, SetupSpec setup, SetupKey key, CancellationToken cancellationToken) =>
        Task.Run(() => TryBring(workspace, setup, key, cancellationToken), cancellationToken);

    /// <summary>Keeps the outputs of a set-up that went well, before an agent works in the workspace.</summary>
    /// <returns>Whether they are kept: not where one is missing, or would mean something else elsewhere.</returns>
    /// <exception cref="RefusedException">An output is not a path within the workspace.</exception>
    public Task<bool> KeepAsync(Workspace workspace, SetupSpec setup, SetupKey key, CancellationToken cancellationToken) =>
        Task.Run(() => Keep(workspace, setup, key, cancellationToken), cancellationToken);

    private bool TryBring(Workspace workspace, SetupSpec setup, SetupKey key, CancellationToken cancellationToken)
    {
        string kept = PathOf(key);
        if (setup.Outputs.Count == 0 || !Directory.Exists(kept))
        {
            return false;
        }

        string beside = Path.Combine(Path.GetDirectoryName(workspace.Root)!, $".setup-{Guid.NewGuid():N}");
        var brought = new List<string>();
        try
        {
            // First beside the place: an entry that is removed meanwhile leaves no half of itself in it.
            Directory.CreateDirectory(beside);
            for (int i = 0; i < setup.Outputs.Count; i++)
            {
                CopiedTree.Copy(Path.Combine(kept, $"{i}"), Path.Combine(beside, $"{i}"), null, cancellationToken);
            }

            for (int i = 0; i < setup.Outputs.Count; i++)
            {
                string to = WorkspacePath.Of(workspace, setup.Outputs[i]);
                if (Path.Exists(to))
                {
                    throw new IOException($"'{to}' is there already.");
                }

                Directory.CreateDirectory(Path.GetDirectoryName(to)!);
                Directory.Move(Path.Combine(beside, $"{i}"), to);
                brought.Add(to);
            }

            Directory.SetLastWriteTimeUtc(kept, time.GetUtcNow().UtcDateTime);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            brought.ForEach(Remove);
            return false;
        }
        finally
        {
            Remove(beside);
        }
    }

    private bool Keep(Workspace workspace, SetupSpec setup, SetupKey key, CancellationToken cancellationToken)
    {
        string[] outputs = [.. setup.Outputs.Select(output => WorkspacePath.Of(workspace, output))];
        string to = PathOf(key);
        if (outputs.Length == 0 || !outputs.All(Path.Exists))
        {
            return false;
        }

        if (Directory.Exists(to))
        {
            return true;
        }

        string made = Path.Combine(Path.GetDirectoryName(to)!, $".new-{Guid.NewGuid():N}");
        try
        {
            Directory.CreateDirectory(made);
            for (int i = 0; i < outputs.Length; i++)
            {
                CopiedTree.Copy(outputs[i], Path.Combine(made, $"{i}"), workspace.Root, cancellationToken);
            }

            Directory.SetLastWriteTimeUtc(made, time.GetUtcNow().UtcDateTime);
            Directory.Move(made, to);
            RemoveOld(Path.GetDirectoryName(to)!);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another host may have kept the same just now.
            return Directory.Exists(to);
        }
        finally
        {
            Remove(made);
        }
    }

    private void RemoveOld(string repository)
    {
        // Of hosts that died meanwhile.
        var entries = new DirectoryInfo(repository).EnumerateDirectories().ToList();
        foreach (var part in entries.Where(entry => entry.Name[0] == '.' && entry.LastWriteTimeUtc < time.GetUtcNow().UtcDateTime - PartAge))
        {
            Remove(part.FullName);
        }

        foreach (var old in entries
            .Where(entry => entry.Name[0] != '.')
            .OrderByDescending(entry => entry.LastWriteTimeUtc)
            .Skip(EntriesMax))
        {
            string leaving = Path.Combine(repository, $".old-{Guid.NewGuid():N}");
            Directory.Move(old.FullName, leaving);
            Remove(leaving);
        }
    }

    private static void Remove(string path)
    {
        try
        {
            if (Directory.Exists(path) && new FileInfo(path).LinkTarget is null)
            {
                Directory.Delete(path, recursive: true);
            }
            else
            {
                File.Delete(path);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What is left begins with a dot, and nobody takes it for an entry.
        }
    }

    private string PathOf(SetupKey key) => Path.Combine(directory, key.Repository, key.Inputs);
}
