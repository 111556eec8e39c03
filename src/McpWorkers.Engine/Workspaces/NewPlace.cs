using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Git;
using McpWorkers.Engine.Workspaces.Ports;

namespace McpWorkers.Engine.Workspaces;

/// <summary>
/// A workspace that is being made: its directory, record and ports come first, and where the making fails all of it goes again. What
/// cannot be taken away keeps its record, and with it whoever sweeps.
/// </summary>
internal sealed class NewPlace(WorkspaceFolder folder, PortLeases ports)
{
    /// <param name="record">Without ports.</param>
    /// <param name="makeAsync">Makes the place; gives the record of what is made.</param>
    /// <param name="undoAsync">Takes away what lies outside the workspace's own directory. Called only where the making failed.</param>
    /// <exception cref="RefusedException">It could not be made; nothing of it is left.</exception>
    public async Task<Workspace> MakeAsync(
        Workspace record, IReadOnlyList<string> portVariables, Func<Workspace, Task<Workspace>> makeAsync, Func<Task> undoAsync)
    {
        if (Path.Exists(folder.PathOf(record.Id)))
        {
            throw new RefusedException(RefusalCode.AlreadyOwned, $"There is a workspace '{record.Id}' already: {folder.PathOf(record.Id)}.");
        }

        try
        {
            folder.Make(record.Id);
            record = record with { Ports = ports.Lease(record.Id, portVariables) };
            folder.Write(record);
            var made = (await makeAsync(record)) with { State = WorkspaceState.Ready };
            folder.Write(made);
            return made;
        }
        catch (Exception e)
        {
            await UndoAsync(record.Id, undoAsync);
            if (RefusalOf(e, record) is { } refusal)
            {
                throw refusal;
            }

            throw;
        }
    }

    private static RefusedException? RefusalOf(Exception fault, Workspace record) => fault switch
    {
        GitException => new(RefusalCode.InvalidArgument, $"The {record.Kind.ToWire()} of '{record.Source}' could not be made. {fault.Message}"),
        IOException or UnauthorizedAccessException =>
            new(RefusalCode.StoreUnavailable, $"The {record.Kind.ToWire()} of '{record.Source}' could not be made at '{record.Root}': {fault.Message}"),
        _ => null,
    };

    private async Task UndoAsync(string id, Func<Task> undoAsync)
    {
        try
        {
            await undoAsync();
            ports.Release(id);
            folder.Drop(id);
        }
        catch (Exception e) when (e is GitException or IOException or UnauthorizedAccessException)
        {
            // The record says that it was being made: the sweep goes on with it. What is thrown is why it could not be made.
        }
    }
}
