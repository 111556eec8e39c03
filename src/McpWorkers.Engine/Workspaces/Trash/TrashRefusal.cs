using System.Text.Json;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workspaces.Trash;

/// <summary>What goes wrong below the trash, in words for a user.</summary>
internal static class TrashRefusal
{
    /// <param name="id">Of the workspace or the snapshot.</param>
    /// <exception cref="RefusedException">The action failed.</exception>
    public static async Task<T> GuardAsync<T>(string id, Func<Task<T>> action)
    {
        try
        {
            return await action();
        }
        catch (Exception e) when (e is GitException or IOException or UnauthorizedAccessException or InvalidDataException or JsonException)
        {
            throw new RefusedException(
                RefusalCode.InvalidArgument,
                $"'{id}': {e.Message.TrimEnd('.', '\n')}. What is not in the trash is still in its place. Make it readable and writable for this user, or mend the repository ('git fsck'), and try again.");
        }
    }
}
