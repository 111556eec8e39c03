using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workspaces.Merging;

/// <summary>Moves a branch where it still is where it was seen: compare-and-swap (<c>git update-ref</c>).</summary>
internal static class BranchMove
{
    /// <param name="old">Null for a branch that must not be there yet.</param>
    /// <param name="why">For the reflog.</param>
    /// <returns>Null; or why it could not be moved.</returns>
    public static async Task<string?> TryMoveAsync(
        this GitRepository repository, string branch, string? old, string to, string why, CancellationToken cancellationToken)
    {
        var said = await repository.TryAsync(["update-ref", "-m", why, branch, to, old ?? new string('0', to.Length)], cancellationToken);
        return said.Succeeded ? null : said.Complaint.Trim();
    }

    /// <summary>Moves it back.</summary>
    /// <param name="old">Null where there was none.</param>
    /// <returns>Null; or why it could not be moved.</returns>
    public static async Task<string?> TryMoveBackAsync(
        this GitRepository repository, string branch, string? old, string from, CancellationToken cancellationToken)
    {
        if (old is not null)
        {
            return await repository.TryMoveAsync(branch, from, old, "mcpworkers: merge undone", cancellationToken);
        }

        var said = await repository.TryAsync(["update-ref", "-d", branch, from], cancellationToken);
        return said.Succeeded ? null : said.Complaint.Trim();
    }

    /// <summary>The tree of nothing, by the repository's own way of naming objects.</summary>
    public static async Task<string> EmptyTreeAsync(this GitRepository repository, CancellationToken cancellationToken) =>
        (await repository.RunAsync(["hash-object", "-t", "tree", "-w", "--stdin"], ReadOnlyMemory<byte>.Empty, cancellationToken)).Text;
}
