using McpWorkers.Engine.Model;
using McpWorkers.Engine.Tasks.Validation;

namespace McpWorkers.Engine.Tasks.Dispatch;

/// <summary>What an attempt's agent is told: its role first, then the task, then what became of the attempt before.</summary>
internal static class AttemptPrompt
{
    public static string Of(WorkTask task, RoleSettings role)
    {
        List<string> parts = [];
        if (role.Instructions.Trim() is { Length: > 0 } instructions)
        {
            parts.Add(instructions);
        }

        if (role.Specializations.Count > 0)
        {
            parts.Add($"You are good at: {string.Join(", ", role.Specializations)}.");
        }

        if (role.AllowedTools.Count > 0)
        {
            parts.Add($"Keep to these tools: {string.Join(", ", role.AllowedTools)}.");
        }

        parts.Add(TaskValidation.PromptWith(task.Prompt, task.Spec.Files));
        if (Before(task) is { Cause: AttemptCause.VerificationFailed } failed)
        {
            parts.Add($"An earlier attempt at this did not pass its check. {failed.Detail}");
        }

        return string.Join("\n\n", parts);
    }

    private static TaskAttempt? Before(WorkTask task) => task.Attempts.SkipLast(1).LastOrDefault(attempt => attempt.Outcome != AttemptOutcome.HandedBack);
}
