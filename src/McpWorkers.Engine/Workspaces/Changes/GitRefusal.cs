using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workspaces.Changes;

/// <summary>Git's failures, said to a user.</summary>
internal static class GitRefusal
{
    /// <param name="what">What was being done, such as "The changes of 'term_…' cannot be read".</param>
    /// <exception cref="RefusedException">Git failed.</exception>
    public static async Task<T> GuardAsync<T>(string what, Func<Task<T>> action)
    {
        try
        {
            return await action();
        }
        catch (GitException e)
        {
            throw new RefusedException(RefusalCode.InvalidArgument, $"{what}: {e.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RefusedException(RefusalCode.InvalidArgument, $"{what}: {e.Message}");
        }
    }
}
