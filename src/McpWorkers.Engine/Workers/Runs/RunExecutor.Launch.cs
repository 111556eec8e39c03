using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workers.Runs;

/// <content>What is handed to the launcher.</content>
internal sealed partial class RunExecutor
{
    /// <summary>A run within another one carries its marker too, so that it ends with it. One whose directory is gone is over.</summary>
    private static string? LineageWithin(string parentDirectory)
    {
        try
        {
            return RunLineage.Within(parentDirectory);
        }
        catch (LaunchException)
        {
            return null;
        }
    }

    private IReadOnlyDictionary<string, string> EnvironmentOf(RunContext context, AgentLaunch plan) => context.Commands.IsContainer
        ? context.Commands.Inside(plan.Environment)
        : AgentEnvironment.For(
            context.Type,
            context.Environment,
            settings.EnvironmentDeny,
            allKeys,
            context.Agent.Probe.CredentialVariables,
            plan.Environment);

    private CommandLaunch ToLaunch(PromptRun run, RunContext context, AgentLaunch plan, Action changed) => new()
    {
        RunId = run.Identity.RunId,
        RunDirectory = run.Identity.RunDirectory,
        Executable = plan.Executable,
        Arguments = plan.Arguments,
        WorkingDirectory = context.WorkingDirectory,
        Environment = EnvironmentOf(context, plan),
        Input = plan.Control is null ? new LaunchInput.Whole(plan.Stdin) : new LaunchInput.Channel(plan.Stdin),
        Files =
        [
            .. plan.Files,
            .. context.Agent.Capabilities.Resume ? Array.Empty<RunFile>() : [RunRecord.PromptFile(run.Prompt)],
            RunRecord.ToFile(RunRecord.Of(run.Identity, run.Prompt, context.ResumeSession, context.Before, run.AcceptedAt, run.Timeout, plan)),
        ],
        Bounds = context.Type.Bounds with { WallClock = run.Timeout },
        Stop = plan.Stop,
        Limits = context.Commands.Limits,
        Container = context.Commands.Container(),
        Tell = line =>
        {
            run.Progress.Say(line);
            changed();
        },
        OwnerMark = home.Mark,
        Lineage = context.ParentRun is { } parent ? LineageWithin(home.RunPath(parent)) : null,
    };
}
