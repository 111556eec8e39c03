using McpWorkers.Engine.Model;
using McpWorkers.Engine.Settings;
using McpWorkers.Engine.Workspaces;
using McpWorkers.Engine.Workspaces.Git;
using McpWorkers.Engine.Workspaces.Trust;

namespace McpWorkers.Engine.Workers.Places;

/// <summary>
/// What a repository's own <c>.mcpworkers.yaml</c> asks for, as it stood in the commit that a workspace started from: what an agent makes of
/// the file later counts for nobody. Its commands and hooks count only once the user trusts the very bytes.
/// </summary>
internal sealed class RepositoryRules(GitTool git, TrustStore trust)
{
    public static RepositoryFile None { get; } = new();

    /// <summary>Where the hooks are that may run; null for none. None over what was made in a container: they would run outside of it what an agent wrote.</summary>
    /// <param name="rules">Trusted.</param>
    public static string? HooksOf(Workspace workspace, RepositoryFile rules) =>
        rules.CommitHooks && workspace.Container is null ? Path.Combine(workspace.CommonDirectory, "hooks") : null;

    /// <param name="notes">Takes what a user should know.</param>
    public async Task<RepositoryFile> TrustedAsync(Workspace workspace, IReadOnlyDictionary<string, string> environment, List<string> notes)
    {
        if (workspace.Base is not { } commit)
        {
            return None;
        }

        try
        {
            var place = workspace.Place;
            if (await ContentAsync(git.Open(place, environment), commit) is not { } content)
            {
                return None;
            }

            var file = RepositoryFileReader.Read(RepositoryFile.FileName, content.Span);
            if (file is { Setup: null, Verify.Count: 0, CommitHooks: false } || trust.IsTrusted(place, content.Span, file.CommitHooks))
            {
                return file;
            }

            notes.Add($"The repository's {RepositoryFile.FileName} asks for commands that were not run, for it is not trusted as it is: look at it, then run 'mcpworkers trust {workspace.Source}'.");
            return new() { Ports = file.Ports };
        }
        catch (Exception e) when (e is GitException or RefusedException)
        {
            notes.Add(e.Message);
            return None;
        }
    }

    /// <summary>The variables for ports that the file asks for at a commit; they need no trust.</summary>
    public async Task<IReadOnlyList<string>> PortsAsync(string directory, string? from, IReadOnlyDictionary<string, string> environment)
    {
        var repository = git.Open(RepositoryPlace.At(directory), environment);
        return await repository.ResolveAsync(from ?? "HEAD", CancellationToken.None) is { } commit && await ContentAsync(repository, commit) is { } content
            ? RepositoryFileReader.Read(RepositoryFile.FileName, content.Span).Ports
            : [];
    }

    private static async Task<ReadOnlyMemory<byte>?> ContentAsync(GitRepository repository, string commit)
    {
        var said = await repository.TryAsync(["cat-file", "blob", $"{commit}:{RepositoryFile.FileName}"], CancellationToken.None);
        return said.Succeeded ? said.Bytes : null;
    }
}
