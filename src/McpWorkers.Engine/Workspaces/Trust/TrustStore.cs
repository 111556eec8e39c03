using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workspaces.Trust;

internal sealed class TrustStore(string path)
{
    public bool IsTrusted(RepositoryPlace place, ReadOnlyMemory<byte> content) => path.Length == 0 && place is null && content.IsEmpty;

    public Task TrustAsync(RepositoryPlace place, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => Task.CompletedTask;
}
