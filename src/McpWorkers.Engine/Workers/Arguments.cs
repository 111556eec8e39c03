using System.Globalization;
using System.Text;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workers;

/// <summary>Checks what callers ask for. A refusal names the argument, its value and what is allowed.</summary>
internal static class Arguments
{
    public const int SpawnCountMax = 50;

    public static readonly TimeSpan TimeoutMin = TimeSpan.FromSeconds(30);
    public static readonly TimeSpan TimeoutMax = TimeSpan.FromSeconds(3600);

    private static readonly TimeSpan IntervalMin = TimeSpan.FromSeconds(0.1);
    private static readonly TimeSpan IntervalMax = TimeSpan.FromSeconds(10);

    public static void CheckCount(int count)
    {
        if (count is < 1 or > SpawnCountMax)
        {
            throw Invalid($"count is {count}; allowed are 1 to {SpawnCountMax}.");
        }
    }

    /// <summary>Zero stands for the default.</summary>
    public static void CheckTimeout(TimeSpan timeout)
    {
        if (timeout != TimeSpan.Zero && (timeout < TimeoutMin || timeout > TimeoutMax))
        {
            throw Invalid($"timeout is {Seconds(timeout)} s; allowed are 30 to 3600 s.");
        }
    }

    public static void CheckBudget(Budget budget)
    {
        if (budget.Usd is < Budget.UsdMin or > Budget.UsdMax)
        {
            throw Invalid(string.Create(CultureInfo.InvariantCulture, $"budget usd is {budget.Usd}; allowed are {Budget.UsdMin} to {Budget.UsdMax}."));
        }

        if (budget.Tokens is < 1 or > Budget.TokensMax)
        {
            throw Invalid(string.Create(CultureInfo.InvariantCulture, $"budget tokens is {budget.Tokens}; allowed are 1 to {Budget.TokensMax}."));
        }

        if (budget.Turns is < 1 or > Budget.TurnsMax)
        {
            throw Invalid(string.Create(CultureInfo.InvariantCulture, $"budget turns is {budget.Turns}; allowed are 1 to {Budget.TurnsMax}."));
        }

        if (budget.Of(BudgetMeasure.Minutes) is < Budget.MinutesMin or > Budget.MinutesMax)
        {
            throw Invalid(string.Create(
                CultureInfo.InvariantCulture, $"budget minutes is {budget.Of(BudgetMeasure.Minutes)}; allowed are {Budget.MinutesMin} to {Budget.MinutesMax}."));
        }
    }

    public static void CheckInterval(TimeSpan interval)
    {
        if (interval < IntervalMin || interval > IntervalMax)
        {
            throw Invalid($"interval is {Seconds(interval)} s; allowed are 0.1 to 10 s.");
        }
    }

    public static void CheckPrompt(string? prompt, int bytesMax, string name = "prompt")
    {
        if (string.IsNullOrWhiteSpace(prompt))
        {
            throw Invalid($"{name} is empty. Say what the worker shall do.");
        }

        int bytes = Encoding.UTF8.GetByteCount(prompt);
        if (bytes > bytesMax)
        {
            throw Invalid(string.Create(
                CultureInfo.InvariantCulture,
                $"{name} has {bytes:N0} bytes; allowed are {bytesMax:N0} (setting prompt_bytes_max). Put the material into a file and name it in the prompt."));
        }
    }

    public static void CheckBatch(IReadOnlyList<string> workerIds, IReadOnlyList<string> prompts, int promptBytesMax)
    {
        if (workerIds.Count == 0)
        {
            throw Invalid("worker_ids is empty. Give at least one worker's id.");
        }

        if (workerIds.Count != prompts.Count)
        {
            throw Invalid(
                $"worker_ids has {workerIds.Count} items and prompts has {prompts.Count}; both need the same length, prompt i for worker i.");
        }

        for (int i = 0; i < prompts.Count; i++)
        {
            CheckPrompt(prompts[i], promptBytesMax, $"prompts[{i}]");
        }
    }

    /// <summary>Absolute and existing.</summary>
    public static string WorkingDirectory(string directory)
    {
        if (!Path.IsPathFullyQualified(directory))
        {
            throw Invalid($"working_directory is '{directory}'; an absolute path is needed.");
        }

        return Directory.Exists(directory)
            ? directory
            : throw Invalid($"working_directory '{directory}' does not exist or is no directory.");
    }

    public static RefusedException Invalid(string message) => new(RefusalCode.InvalidArgument, message);

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);
}
