using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers.Places;

namespace McpWorkers.Engine.Workers.Hosting;

/// <summary>What a run may hand on to workers and tasks of its own: never more than it may do itself, or it would have done for it what it was denied.</summary>
internal sealed class NestedBounds(WorkerHost host)
{
    /// <summary>Refuses a worker that could do more than the run from within which it is spawned.</summary>
    /// <param name="permission">Of the worker.</param>
    /// <exception cref="RefusedException">It could, or that run is over.</exception>
    public void CheckSpawn(Caller caller, Permission permission)
    {
        if (caller.ParentRun is not { } run)
        {
            return;
        }

        var parent = ParentOf(run)
            ?? throw new RefusedException(RefusalCode.NotFound, $"Run '{run}', from within which this comes, is over: nothing can be spawned for it any more.");
        CheckPermission(run, parent, permission);
    }

    /// <summary>Refuses what a task asks for beyond the run from within which it is added.</summary>
    /// <param name="parentRun">Null for none; one that is over is no bound, since nothing is spawned for it.</param>
    /// <param name="permission">That it asks for; null for what its role and its type say, which is looked at when its worker is spawned.</param>
    /// <exception cref="RefusedException">It asks for more.</exception>
    public void CheckTask(string? parentRun, Permission? permission, IReadOnlyList<string> verify)
    {
        if (parentRun is null || ParentOf(parentRun) is not { } parent)
        {
            return;
        }

        if (permission is { } asked)
        {
            CheckPermission(parentRun, parent, asked);
        }

        CheckVerify(parentRun, parent, verify);
    }

    /// <summary>Refuses commands of a run's own making that this host would run for it.</summary>
    /// <exception cref="RefusedException">There are some, and the run may not do all that it likes.</exception>
    public void CheckVerify(Caller caller, IReadOnlyList<string> verify)
    {
        if (caller.ParentRun is { } run && ParentOf(run) is { } parent)
        {
            CheckVerify(run, parent, verify);
        }
    }

    /// <summary>How far what comes from within a run may go alone: no farther than the run itself.</summary>
    /// <param name="asked">Null for what the host says.</param>
    public AutonomyLevel? LevelWithin(string? parentRun, AutonomyLevel? asked)
    {
        if (parentRun is null || ParentOf(parentRun) is not { } parent)
        {
            return asked;
        }

        var given = asked ?? host.Settings.Requests.Autonomy;
        var bound = parent.Autonomy ?? host.Settings.Requests.Autonomy;
        return given >= bound ? asked : bound;
    }

    private Worker? ParentOf(string parentRun) => host.Live.FindLatest(CheckNames.RunOf(parentRun))?.Worker;

    private static void CheckPermission(string run, Worker parent, Permission permission)
    {
        if (!permission.IsWithin(parent.Permission))
        {
            string[] allowed = [.. Enum.GetValues<Permission>().Where(each => each.IsWithin(parent.Permission)).Select(each => each.ToWire())];
            throw new RefusedException(
                RefusalCode.Forbidden,
                $"permission '{permission.ToWire()}' is not for what comes from within run '{run}', which has '{parent.Permission.ToWire()}' itself. Use {string.Join(" or ", allowed)}.");
        }
    }

    private static void CheckVerify(string run, Worker parent, IReadOnlyList<string> verify)
    {
        if (verify.Count > 0 && parent.Permission != Permission.Full)
        {
            throw new RefusedException(
                RefusalCode.Forbidden,
                $"verify is not for what comes from within run '{run}', which has permission '{parent.Permission.ToWire()}': its commands would be run without anybody being asked. "
                + "Leave it out, or use a worker type or a role that has the commands.");
        }
    }
}
