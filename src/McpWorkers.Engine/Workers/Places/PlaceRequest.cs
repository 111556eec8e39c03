using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers.Containers;

namespace McpWorkers.Engine.Workers.Places;

/// <summary>What the places of workers that are spawned together are made from.</summary>
/// <param name="Spec">Null for the type's own kind.</param>
/// <param name="Directory">Absolute: from where they are asked for.</param>
/// <param name="Launch">How commands are started in them.</param>
internal sealed record PlaceRequest(
    WorkspaceSpec? Spec, WorkerType Type, string Directory, IReadOnlyList<string> Verify, IReadOnlyDictionary<string, string> Environment,
    LaunchChoice Launch)
{
    public WorkspaceSpec EffectiveSpec => Spec ?? new WorkspaceSpec { Kind = Type.Workspace };

    /// <exception cref="RefusedException">Its parts do not fit each other.</exception>
    public void Check()
    {
        var spec = EffectiveSpec;
        if (spec.Kind != WorkspaceKind.Clone && (spec.Repository ?? spec.Branch) is { } stray)
        {
            throw Arguments.Invalid($"'{stray}' (repo, branch) is for the workspace 'clone'; this one is '{spec.Kind.ToWire()}'. A worktree starts from another commit by 'from'.");
        }

        if (spec.Kind == WorkspaceKind.Clone && string.IsNullOrEmpty(spec.Repository))
        {
            throw Arguments.Invalid("The workspace 'clone' needs repo: the URL, or the path, of what is cloned.");
        }

        if (spec.Kind != WorkspaceKind.Worktree && (spec.From is not null || spec.BringChanges))
        {
            throw Arguments.Invalid($"'from' and 'bring_changes' are for the workspace 'worktree'; this one is '{spec.Kind.ToWire()}'.");
        }

        if (Verify.Any(string.IsNullOrWhiteSpace))
        {
            throw Arguments.Invalid("A command of verify is empty.");
        }
    }
}
