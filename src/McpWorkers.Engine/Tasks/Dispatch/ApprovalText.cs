using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Requests;
using McpWorkers.Engine.Tasks.Validation;
using McpWorkers.Engine.Workers.Runs;

namespace McpWorkers.Engine.Tasks.Dispatch;

/// <summary>
/// What somebody is shown who is to let a task begin: all that decides what would be run, its prompt last, so that nothing in it can pass for one of
/// the lines above. Pure.
/// </summary>
internal static class ApprovalText
{
    /// <param name="types">That it may be done by: the first that is installed does it.</param>
    /// <param name="inherited">Names of the variables that its attempts get from whoever added it.</param>
    /// <returns>No longer than a request may be. One that had to be cut ends in <see cref="AgentText.Cut"/>, and says what all of it would be.</returns>
    public static string Of(WorkTask task, RoleSettings role, IReadOnlyList<WorkerType> types, IReadOnlyList<string> inherited)
    {
        string prompt = AttemptPrompt.Of(task with { Attempts = [] }, role);
        string question = $"May task {task.TaskId} (role {Line(task.Role)}) begin? \"{Excerpt(task.Prompt)}\"";
        var rest = new StringBuilder();
        foreach (string line in Facts(task, role, types, inherited))
        {
            rest.Append('\n').Append(line);
        }

        rest.Append(CultureInfo.InvariantCulture, $"\nIts prompt ({prompt.Length} characters) is all that follows:\n").Append(AgentText.Visible(prompt));
        string whole = question + rest;
        if (Encoding.UTF8.GetByteCount(whole) <= RequestDraft.TextBytesMax)
        {
            return whole;
        }

        string digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(whole)));
        string cut = string.Create(
            CultureInfo.InvariantCulture,
            $"{question}\nTHIS IS CUT. All of it has {whole.Length} characters, SHA-256 {digest}: look at 'tasks show {task.TaskId}' before you allow it.{rest}");
        return AgentText.Clean(cut, RequestDraft.TextBytesMax);
    }

    /// <summary>For lists, which show the beginning of a text.</summary>
    private static string Excerpt(string prompt) => Line(OneLine.Of(prompt)).Replace('"', '\'');

    private static IEnumerable<string> Facts(WorkTask task, RoleSettings role, IReadOnlyList<WorkerType> types, IReadOnlyList<string> inherited)
    {
        var spec = task.Spec;
        if (types.Count > 1)
        {
            yield return "Worker types, of which the first that is installed does it:";
        }

        foreach (var type in types)
        {
            yield return $"Worker type: {TypeOf(type, spec, role)}";
        }

        if (types.Count == 0)
        {
            yield return $"Worker type: {Line(spec.WorkerType ?? "the host's choice")}, permission {(spec.Permission ?? role.Permission)?.ToWire() ?? "of the type"}";
        }

        yield return $"Autonomy: {spec.Autonomy?.ToWire() ?? "of the host"}";
        yield return $"Directory: {(spec.WorkingDirectory is { } directory ? Line(directory) : "the host's own")}{PlaceOf(spec, role)}";
        if (spec.Files.Count > 0)
        {
            yield return $"Files: {string.Join(", ", spec.Files.Select(Line))}";
        }

        yield return "Budget: " + BudgetOf(Budget.Least(role.Budget, spec.Budget));
        yield return string.Create(CultureInfo.InvariantCulture, $"Attempts: {role.Retry.MaxAttempts}")
            + ((spec.Timeout ?? role.Timeout) is { } time ? string.Create(CultureInfo.InvariantCulture, $", each of {time.TotalSeconds:0.###} s at most") : "");
        if (task.NotBefore is { } at)
        {
            yield return $"Not before: {at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)}";
        }

        if (task.After.Count > 0)
        {
            yield return $"After: {string.Join(", ", task.After.Select(Line))}";
        }

        if ((task.ParentRun ?? spec.Source) is { } origin)
        {
            yield return task.ParentRun is null ? $"Added by: {Line(origin)}" : $"Added from within run {Line(origin)}";
        }

        string[] commands = [.. role.Verify, .. spec.Verify];
        if (commands.Length > 0)
        {
            yield return "Commands that must succeed after each attempt:";
        }

        foreach (string command in commands)
        {
            yield return "  $ " + Line(command);
        }

        if (inherited.Count > 0)
        {
            yield return $"Variables of whoever added it: {string.Join(", ", inherited.Order(StringComparer.Ordinal).Select(Line))}";
        }
    }

    private static string TypeOf(WorkerType type, TaskSpec spec, RoleSettings role)
    {
        var launcher = spec.Launcher ?? (spec.Image is null ? type.Launcher : LauncherKind.Container);
        string? image = launcher == LauncherKind.Container ? spec.Image ?? type.Container.Image : spec.Image;
        string[] variables = [.. type.Environment.Keys.Concat(type.PassEnvironment).Distinct().Order(StringComparer.Ordinal)];
        return $"{Line(type.Name)} (agent {Line(type.Agent)}), model {Line(spec.Model ?? type.Model ?? "the agent's own")}"
            + $", permission {(spec.Permission ?? role.Permission ?? type.Permission).ToWire()}, launcher {launcher.ToWire()}"
            + (image is null ? "" : $", image {Line(image)}")
            + (variables.Length == 0 ? "" : $", variables {string.Join(", ", variables.Select(Line))}")
            + (type.Verify.Count == 0 ? "" : $", then {string.Join(" && ", type.Verify.Select(Line))}");
    }

    private static string PlaceOf(TaskSpec spec, RoleSettings role) => spec.Workspace is { } place
        ? $"; workspace {place.Kind.ToWire()}"
            + (place.Repository is { } repository ? $" of {Line(RepositoryName.Shown(repository))}" : "")
            + (place.Branch is { } branch ? $", branch {Line(branch)}" : "")
            + (place.From is { } from ? $", from {Line(from)}" : "")
            + (place.BringChanges ? ", with what is not committed" : "")
        : role.Workspace is { } kind ? $"; workspace {kind.ToWire()}" : "";

    private static string BudgetOf(Budget budget)
    {
        var amounts = Enum.GetValues<BudgetMeasure>().Select(measure => (measure, budget.Of(measure))).Where(each => each.Item2 is not null)
            .Select(each => string.Create(CultureInfo.InvariantCulture, $"{each.Item2:0.######} {each.measure.ToWire()}")).ToList();
        return amounts.Count == 0 ? "none of its own" : string.Join(", ", amounts);
    }

    /// <summary>On one line, and nothing of it out of sight: a line feed in a command must not begin a line of ours.</summary>
    private static string Line(string text) => AgentText.Visible(text).Replace("\n", "\\u{000A}", StringComparison.Ordinal).Replace("\t", "\\u{0009}", StringComparison.Ordinal);
}
