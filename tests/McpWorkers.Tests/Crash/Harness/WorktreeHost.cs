using System.Security.Cryptography;
using System.Text;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces;

namespace McpWorkers.Tests.Crash;

/// <summary>
/// The process that is killed: makes worktrees, writes into them as an agent does, commits, merges, removes and restores them, without end.
/// What it wrote it says in the journal, after the file is whole; it never takes anything away itself.
/// </summary>
internal sealed class WorktreeHost(WorktreePlace place, Random random)
{
    public const string Command = "worktree-host";

    public static async Task<int> RunAsync(string root, int seed)
    {
        // Reproducible deeds; when they are cut off is the judge's choice.
#pragma warning disable CA5394
        var host = new WorktreeHost(new(root), new(seed));
#pragma warning restore CA5394
        for (int i = 0; i < 1000; i++)
        {
            await host.LifeAsync($"term_{seed:x6}{i:x6}");
        }

        return 0;
    }

    private async Task LifeAsync(string id)
    {
        var order = new WorkspaceOrder
        {
            Id = id,
            Spec = new() { Kind = WorkspaceKind.Worktree },
            Directory = place.Repository,
            Environment = place.Environment,
            OwnerMark = WorktreePlace.Mark,
        };
        var workspace = await place.Provider.CreateAsync(order, CancellationToken.None);
        for (int deeds = Next(5); deeds >= 0; deeds--)
        {
            await DeedAsync(workspace);
        }

        if (await place.Trash.RemoveAsync(workspace, "its life is over", place.Environment, CancellationToken.None) is { } entry && Next(3) == 0)
        {
            var restored = await place.Trash.RestoreAsync(entry, place.Environment, CancellationToken.None);
            await DeedAsync(restored);
            if (Next(2) == 0)
            {
                await place.Trash.RemoveAsync(restored, "again", place.Environment, CancellationToken.None);
            }
        }
    }

    private async Task DeedAsync(Workspace workspace)
    {
        string root = workspace.Root;
        switch (Next(9))
        {
            case 0:
                await WriteAsync(root, "src");
                await place.ShellAsync(root, "git add src; git commit -qm work");
                break;
            case 1:
                await WriteAsync(root, "ignored");
                break;
            case 2:
                await WriteAsync(root, "lost");
                await place.ShellAsync(root, "git add lost; git commit -qm lost; git reset -q --hard HEAD~1");
                break;
            case 3:
                await place.ShellAsync(root, "git init -q nested; git -C nested commit -q --allow-empty -m empty");
                await WriteAsync(root, "nested");
                await place.ShellAsync(root, "git -C nested add -A; git -C nested commit -qm nested");
                await WriteAsync(root, "nested");
                break;
            case 4:
                // Once: a second time git itself would take the files away that came since.
                await place.ShellAsync(root, "test -e deps/library/.git || git submodule --quiet update --init deps/library");
                await WriteAsync(root, "deps/library");
                await place.ShellAsync(root, "git -C deps/library add -A; git -C deps/library commit -qm sub");
                break;
            case 5:
                string staged = await WriteAsync(root, "staged");
                await place.ShellAsync(root, $"git add {staged}; rm {staged}");
                break;
            case 6:
                await WriteAsync(root, "detached");
                await place.ShellAsync(root, "git checkout -q --detach; git add detached; git commit -qm detached");
                break;
            case 7:
                await WriteAsync(root, "merged");
                await place.ShellAsync(root, "git add merged; git commit -qm merged");
                await place.ShellAsync(place.Repository, $"git merge -q -m merge {await place.ShellAsync(root, "git rev-parse HEAD")}");
                break;
            default:
                await WriteAsync(root, "plain");
                break;
        }
    }

    /// <summary>Text with line ends of both kinds, or bytes.</summary>
    private async Task<string> WriteAsync(string root, string directory)
    {
        bool isPlain = directory is "lost" or "staged" or "detached";
        byte[] content = new byte[Next(20000) + 32];
        for (int i = 0; i < content.Length; i++)
        {
            content[i] = (byte)(isPlain ? 'a' + Next(26) : Next(256));
        }

        if (!isPlain && Next(2) == 0)
        {
            content = Encoding.ASCII.GetBytes(Convert.ToHexString(content).Replace("A", "\r\n", StringComparison.Ordinal).Replace("B", "\n", StringComparison.Ordinal));
        }

        string file = Path.Combine(root, directory, $"{Next(int.MaxValue):x}.txt");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllBytesAsync(file, content);
        await File.AppendAllTextAsync(place.Journal, $"{Convert.ToHexString(SHA256.HashData(content))} {file}\n");
        return file;
    }

#pragma warning disable CA5394
    private int Next(int below) => random.Next(below);
#pragma warning restore CA5394
}
