using System.Globalization;
using System.Text;
using McpWorkers.Engine.Execution.Output;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Execution.Containers;

/// <summary>
/// What the wrapper saw in its container's cgroup. An exit code of 137 says nothing by itself, and of the engines one says always, the other
/// never, that memory was short.
/// </summary>
internal sealed record LimitWitness(long MemoryKills, long RefusedProcesses, bool LeftSomething)
{
    /// <summary>Null where the wrapper did not come to its end.</summary>
    public static LimitWitness? Read(RunFiles files)
    {
        byte[]? content = RegularFile.TryRead(files.Limits, RunFiles.SmallBytesMax);
        long[] numbers = [.. Encoding.UTF8.GetString(content ?? []).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .Select(word => long.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : 0)];
        return numbers.Length < 5 ? null : new(numbers[1] - numbers[0], numbers[3] - numbers[2], numbers[4] != 0);
    }

    /// <summary>The limit that something of the run died of.</summary>
    /// <param name="exitCode">Of the command: one that succeeded has got along.</param>
    public LimitReached? Of(ResourceLimits limits, int? exitCode) =>
        MemoryKills > 0 && limits.MemoryBytes is { } memory ? new(LimitKind.Memory, memory, null)
        : RefusedProcesses > 0 && exitCode != 0 && limits.Processes is { } processes ? new(LimitKind.Processes, processes, null)
        : null;
}
