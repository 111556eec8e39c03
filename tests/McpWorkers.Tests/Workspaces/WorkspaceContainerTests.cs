using McpWorkers.Engine.Model;
using Xunit;

namespace McpWorkers.Tests.Workspaces;

public sealed class WorkspaceContainerTests
{
    [Fact(Timeout = 60_000)]
    public async Task Container_of_a_workspace_is_read_again_as_it_was_written()
    {
        using var scene = new GitScene();
        var workspace = await scene.Worktree(await scene.MakeRepository()) with
        {
            Container = new()
            {
                WorkerType = "terminal-claude",
                Agent = "claude",
                Place = new()
                {
                    Image = "localhost/agents:1",
                    Pull = ImagePull.Never,
                    Network = "none",
                    IsReadOnlyRoot = true,
                    User = "7:7",
                    DropCapabilities = ["NET_RAW"],
                    Mounts = [new("/a", "/b", IsReadOnly: false), new("/c", "/d")],
                    WorkerId = "term_one",
                },
                Limits = new() { MemoryBytes = 1L << 30, Cpus = 0.5 },
            },
        };

        scene.Folder.Write(workspace);

        var read = scene.Again(workspace).Container!;
        Assert.Equivalent(workspace.Container, read, strict: true);
        Assert.Equal([new("/a", "/b", IsReadOnly: false), new ContainerMount("/c", "/d")], read.Place.Mounts);
    }
}
