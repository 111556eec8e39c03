using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Git;
using McpWorkers.Engine.Workspaces.Ports;
using McpWorkers.Engine.Workspaces.Worktrees;

namespace McpWorkers.Engine.Workspaces.Clones;

/// <summary>
/// Gives a worker a shallow clone of its own. Git runs with the caller's environment, so his keys and credential helpers count; a password
/// in the URL is handed to git in a file that is gone afterwards, and stands neither in the clone nor in what is recorded.
/// </summary>
internal sealed class CloneProvider(GitTool git, WorkspaceFolder folder, WorkspaceSettings settings, PortLeases ports, TimeProvider time) : IWorkspaceProvider
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan ShortPatience = TimeSpan.FromSeconds(30);

    public WorkspaceKind Kind => WorkspaceKind.Clone;

    /// <summary>Bytes that may still be written at a directory.</summary>
    internal Func<string, long> FreeAt { get; init; } = DiskRoom.FreeAt;

    public async Task CheckAsync(IReadOnlyList<WorkspaceOrder> orders, CancellationToken cancellationToken)
    {
        foreach (var order in orders)
        {
            CloneAddress.Of(order.Spec.Repository, order.Directory);
            await CheckBranchAsync(order, cancellationToken);
            if (order.Spec is { From: not null } or { BringChanges: true })
            {
                throw new RefusedException(RefusalCode.InvalidArgument, "A clone starts at a branch of the repository: 'from' and the bringing of changes are for worktrees.");
            }
        }

        // How much it is nobody knows before.
        DiskRoom.Ensure(0, FreeAt(folder.Root), "Clones", folder.Root);
        ports.EnsureLeft(orders.Sum(order => order.Ports.Distinct().Count()));
    }

    public async Task<Workspace> CreateAsync(WorkspaceOrder order, CancellationToken cancellationToken)
    {
        var address = CloneAddress.Of(order.Spec.Repository, order.Directory);
        await CheckBranchAsync(order, cancellationToken);
        string root = Path.Combine(folder.PathOf(order.Id), PlaceName.Of(address.Shown));
        var record = new Workspace
        {
            Id = order.Id,
            Kind = Kind,
            State = WorkspaceState.Creating,
            Root = root,
            WorkingDirectory = root,
            GitDirectory = Path.Combine(root, ".git"),
            CommonDirectory = Path.Combine(root, ".git"),
            Source = address.Shown,
            Branch = "refs/heads/mcpworkers/" + order.Id,
            OwnerMark = order.OwnerMark,
            Created = time.GetUtcNow(),
        };
        return await new NewPlace(folder, ports).MakeAsync(
            record, order.Ports, begun => CloneAsync(order, address, begun, cancellationToken), static () => Task.CompletedTask);
    }

    private async Task<Workspace> CloneAsync(WorkspaceOrder order, CloneAddress address, Workspace record, CancellationToken cancellationToken)
    {
        await FetchAsync(order, address, record.Root, cancellationToken);
        var clone = git.Open(record.Place, order.Environment);
        if (address.Credentials is not null)
        {
            await clone.RunAsync(["config", "--file", Path.Combine(record.GitDirectory, "config"), "remote.origin.url", address.Shown], cancellationToken);
        }

        string? target = await clone.BranchAsync(cancellationToken);
        string? head = await clone.ResolveAsync("HEAD", cancellationToken);
        string start = head ?? await EmptyCommit.MakeAsync(clone, settings, cancellationToken);
        await clone.RunAsync(["update-ref", "-m", "worker started", record.Branch, start, ""], cancellationToken);
        await clone.RunAsync(["symbolic-ref", "-m", "worker started", "HEAD", record.Branch], cancellationToken);
        return record with { Base = start, Target = target, Notes = await PointerFiles.DescribeAsync(clone, cancellationToken) };
    }

    private async Task FetchAsync(WorkspaceOrder order, CloneAddress address, string root, CancellationToken cancellationToken)
    {
        string secret = Path.Combine(Path.GetDirectoryName(root)!, "credentials");
        try
        {
            string[] credentials = address is { Credentials: { } url } && url != address.Given ? Remember(secret, url) : [];
            string[] branch = order.Spec.Branch is { } name ? ["--branch", name] : [];
            await git.RunAsync(
                ["-c", "core.hooksPath=/dev/null", "-c", "protocol.ext.allow=never", "-c", "submodule.recurse=false", .. credentials,
                    "clone", "--quiet", "--depth", "1", "--no-tags", "--template=", .. branch, "--", address.Given, root],
                Path.GetDirectoryName(root)!, order.Environment, Patience, cancellationToken);
        }
        catch (GitException e)
        {
            string said = address.Masked(e.Message);
            throw order.Spec.Branch is { } branch && said.Contains($"Remote branch {branch} not found", StringComparison.Ordinal)
                ? new RefusedException(RefusalCode.InvalidArgument, $"'{address.Shown}' has no branch '{branch}'. 'git ls-remote --heads' shows which it has.")
                : new RefusedException(
                    RefusalCode.WorkspaceUnavailable, $"'{address.Shown}' could not be cloned. See whether 'git ls-remote' reaches it from here with the same user. {said}");
        }
        finally
        {
            File.Delete(secret);
        }
    }

    /// <summary>Arguments are visible to all users of the machine, a file of one's own is not: git-credential-store(1).</summary>
    private static string[] Remember(string path, string url)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var file = new StreamWriter(path, options);
        file.Write(url + "\n");
        string quoted = "'" + path.Replace("'", "'\\''", StringComparison.Ordinal) + "'";

        // The first empties the list of helpers: what the URL says goes before what they know.
        return ["-c", "credential.helper=", "-c", $"credential.helper=store --file={quoted}"];
    }

    private async Task CheckBranchAsync(WorkspaceOrder order, CancellationToken cancellationToken)
    {
        if (order.Spec.Branch is not { } branch)
        {
            return;
        }

        try
        {
            if (!branch.StartsWith('-') && !branch.Any(char.IsControl))
            {
                await git.RunAsync(["check-ref-format", "refs/heads/" + branch], order.Directory, order.Environment, ShortPatience, cancellationToken);
                return;
            }
        }
        catch (GitException)
        {
            // Told below.
        }

        throw new RefusedException(RefusalCode.InvalidArgument, "'branch' is not the name of a branch: see git-check-ref-format(1).");
    }
}
