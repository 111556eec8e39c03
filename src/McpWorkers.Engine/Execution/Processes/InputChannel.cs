using System.Globalization;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>Ends the input of a run that was launched with a channel: its follower is ended once it has handed on everything.</summary>
internal sealed class InputChannel(RunFiles files, RunProcesses processes, TimeProvider time)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(10);

    // Where a follower cannot be asked how far it is: its own polling takes a second at most.
    private static readonly TimeSpan BlindPatience = TimeSpan.FromSeconds(2);

    /// <summary>Waits as long as the command takes to read what it was given; the run's own bounds end that wait.</summary>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        long begun = time.GetTimestamp();
        while (processes.WrapperLives)
        {
            if (Follower() is { } follower && (HandedOn(follower.Pid) is { } bytes
                ? bytes >= RunFiles.LengthOf(files.Channel)
                : time.GetElapsedTime(begun) > BlindPatience))
            {
                RunProcesses.Signal([follower], StopSignal.Terminate);
                return;
            }

            await Task.Delay(Poll, time, cancellationToken);
        }
    }

    private ProcessKey? Follower()
    {
        string path = Path.Combine(files.Directory, "follower");
        return File.Exists(path) && int.TryParse(File.ReadAllText(path).AsSpan().Trim(), CultureInfo.InvariantCulture, out int pid)
            && ProcessPlatform.Find(pid) is { } entry && entry.Session == processes.Wrapper.Pid
            ? entry.Key
            : null;
    }

    /// <summary>
    /// Bytes that the follower has written, not those that it has read: with the command slow to read, the rest still waits in its hands.
    /// Null where the system does not tell.
    /// </summary>
    private static long? HandedOn(int pid)
    {
        try
        {
            string? line = File.ReadLines($"/proc/{pid}/io").FirstOrDefault(line => line.StartsWith("wchar:", StringComparison.Ordinal));
            return line is null ? null : long.Parse(line.AsSpan("wchar:".Length).Trim(), CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
