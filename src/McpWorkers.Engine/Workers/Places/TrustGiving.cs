using McpWorkers.Engine.Model;
using McpWorkers.Engine.Settings;
using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workers.Places;

/// <summary>Gives a user's trust to what a repository asks for, and says what that is.</summary>
internal sealed class TrustGiving(PlaceTools tools)
{
    /// <exception cref="RefusedException">There is no such file in the repository's last commit, or it cannot be used.</exception>
    public async Task<IReadOnlyList<string>> GiveAsync(RepositoryPlace place, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        var said = await tools.Git.Open(place, environment).TryAsync(["cat-file", "blob", $"HEAD:{RepositoryFile.FileName}"], cancellationToken);
        if (!said.Succeeded)
        {
            throw new RefusedException(
                RefusalCode.NotFound,
                $"The last commit of '{place.WorkTree ?? place.CommonDirectory}' has no {RepositoryFile.FileName}, so there is nothing to trust. What counts is what is committed.");
        }

        var file = RepositoryFileReader.Read(RepositoryFile.FileName, said.Bytes.Span);
        await tools.Trust.TrustAsync(place, said.Bytes, file.CommitHooks, cancellationToken);
        return
        [
            .. file.Setup is { } setup ? [$"set-up: {setup.Run}"] : (IEnumerable<string>)[],
            .. file.Verify.Select(command => $"check: {command}"),
            .. file.CommitHooks ? [$"commit hooks: {Path.Combine(place.CommonDirectory, "hooks")}"] : (IEnumerable<string>)[],
        ];
    }
}
