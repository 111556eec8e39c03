using System.Text;
using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workspaces.Merging;

/// <summary>
/// The lock on the index of somebody's worktree, taken as git takes it, so that no git command of his comes in between the move of his branch and
/// that of his files: he would commit the merge away. Its content says whose it is, for the recovery.
/// </summary>
internal sealed class IndexHold : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly string _index;

    private IndexHold(string index, string draft)
    {
        _index = index;
        Draft = draft;
    }

    /// <summary>A copy of the index, to be worked on; see <see cref="Publish"/>.</summary>
    public string Draft { get; }

    /// <returns>Null where another git command has the lock and does not let go of it.</returns>
    public static async Task<IndexHold?> TakeAsync(RepositoryPlace checkout, string mergeId, CancellationToken cancellationToken)
    {
        string index = Path.Combine(checkout.GitDirectory, "index");
        for (var waited = TimeSpan.Zero; ; waited += Pause)
        {
            try
            {
                using (var held = new FileStream(LockOf(index), FileMode.CreateNew, FileAccess.Write))
                {
                    held.Write(Content(mergeId));
                }

                break;
            }
            catch (IOException) when (File.Exists(LockOf(index)))
            {
                if (waited > Patience)
                {
                    return null;
                }

                await Task.Delay(Pause, cancellationToken);
            }
        }

        var hold = new IndexHold(index, $"{index}.mcpworkers-{mergeId}");
        try
        {
            hold.Copy();
            return hold;
        }
        catch
        {
            hold.Dispose();
            throw;
        }
    }

    /// <summary>Removes what a hold of a host that died has left, if it is there.</summary>
    /// <returns>Whether the lock was still there: then no git command has been at this worktree since.</returns>
    public static bool Release(RepositoryPlace checkout, string mergeId)
    {
        string index = Path.Combine(checkout.GitDirectory, "index");
        bool isOurs = File.Exists(LockOf(index)) && File.ReadAllBytes(LockOf(index)).AsSpan().SequenceEqual(Content(mergeId));
        if (isOurs)
        {
            File.Delete(LockOf(index));
        }

        Remove($"{index}.mcpworkers-{mergeId}");
        return isOurs;
    }

    /// <summary>Makes the copy the index.</summary>
    public void Publish()
    {
        if (File.Exists(Draft))
        {
            File.Move(Draft, _index, overwrite: true);
        }
    }

    /// <summary>Begins the copy anew.</summary>
    public void Copy()
    {
        Remove(Draft);
        if (File.Exists(_index))
        {
            IndexCopy.Make(_index, Draft);
        }
    }

    public void Dispose()
    {
        Remove(Draft);
        File.Delete(LockOf(_index));
    }

    private static void Remove(string draft)
    {
        File.Delete(draft);
        File.Delete(draft + ".lock");
    }

    private static string LockOf(string index) => index + ".lock";

    private static byte[] Content(string mergeId) => Encoding.UTF8.GetBytes($"mcpworkers merge {mergeId}\n");
}
