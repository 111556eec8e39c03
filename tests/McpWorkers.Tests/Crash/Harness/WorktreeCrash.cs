using System.Diagnostics;
using McpWorkers.Engine.Workspaces;
using McpWorkers.Engine.Workspaces.Files;

namespace McpWorkers.Tests.Crash;

/// <summary>
/// Rounds of the worktree crash proof: a host works, is killed with all its commands at a random moment, a sweep goes over what is left, and then every byte that
/// was written must be somewhere.
/// </summary>
internal sealed class WorktreeCrash(string executable, int seed, Action<string> say)
{
    private const int LifeMillisecondsMax = 4000;

    /// <returns>What was lost, or went wrong; empty where all is well.</returns>
    public async Task<IReadOnlyList<string>> RunAsync(int rounds, CancellationToken cancellationToken)
    {
#pragma warning disable CA5394
        var random = new Random(seed);
        string root = LinkedPath.Resolve(Directory.CreateTempSubdirectory("mcpworkers-worktrees-").FullName);
        var faults = new List<string>();
        try
        {
            var place = new WorktreePlace(root);
            await place.MakeAsync();
            for (int round = 0; round < rounds && faults.Count == 0; round++)
            {
                int life = 300 + random.Next(LifeMillisecondsMax);
                string said = await LiveAsync(root, random.Next(1 << 23), life, cancellationToken);
                bool isKnown = random.Next(2) == 0;

                // Locks that a killed git leaves, and a merge of the user's that it cut off, are the user's to clear away: git tells him so.
                await place.ShellAsync(place.Repository, "find .git -name '*.lock' -not -path '.git/worktrees/*' -delete; git reset -q --hard; git clean -fdq", cancellationToken);
                var fresh = new WorktreePlace(root);
                var swept = await new WorkspaceSweep(fresh.Folder, fresh.Trash, fresh.Environment).RunAsync(_ => isKnown, _ => false, cancellationToken);
                string[] written = File.Exists(place.Journal) ? await File.ReadAllLinesAsync(place.Journal, cancellationToken) : [];
                var kept = await KeptBytes.FindAsync(fresh, cancellationToken);
                faults.AddRange(written.Where(line => !kept.Contains(line.Split(' ')[0])).Select(line => $"round {round} (seed {seed}): lost {line}"));
                faults.AddRange(said.Length > 0 ? [$"round {round} (seed {seed}): {said}"] : []);
                faults.AddRange(fresh.Folder.All().Where(each => each.State != WorkspaceState.Ready).Select(each => $"round {round} (seed {seed}): {each.Id} is still {each.State}: {swept.Kept.GetValueOrDefault(each.Id)}"));
                faults.AddRange(swept.Unknown.Select(each => $"round {round} (seed {seed}): {each} has no record"));
                say($"round {round}: {life} ms, {written.Length} files written, {fresh.Folder.All().Count} workspaces, {fresh.Trash.List().Count} in the trash, removed by the sweep {swept.Removed.Count}, lost {faults.Count}");
            }
        }
        finally
        {
            if (faults.Count == 0)
            {
                TreeRemoval.Delete(root, CancellationToken.None);
            }
        }
#pragma warning restore CA5394

        return faults;
    }

    /// <returns>What it said by itself: it should have been killed before it could.</returns>
    private async Task<string> LiveAsync(string root, int hostSeed, int milliseconds, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(executable, [WorktreeHost.Command, root, $"{hostSeed}"]) { RedirectStandardError = true })!;
        var complaint = process.StandardError.ReadToEndAsync(cancellationToken);
        using var life = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        life.CancelAfter(milliseconds);
        try
        {
            await process.WaitForExitAsync(life.Token);
            return await complaint;
        }
        catch (OperationCanceledException)
        {
            // With its commands, as a machine that stops does; a host that is started again ends those that are left by their marker.
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
            return "";
        }
    }
}
