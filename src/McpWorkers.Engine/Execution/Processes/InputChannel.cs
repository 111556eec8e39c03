using System.Globalization;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>Ends the input of a run that was launched with a channel: its follower is ended once it has copied everything.</summary>
internal sealed class InputChannel(RunFiles files, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public async Task EndAsync(CancellationToken cancellationToken)
    {
        long begun = time.GetTimestamp();
        while (files.ReadExit() is null && time.GetElapsedTime(begun) < Patience)
        {
            if (Follower() is { } follower && HasCopiedAll(follower.Pid))
            {
                RunProcesses.Signal([follower], StopSignal.Terminate);
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), time, cancellationToken);
        }
    }

    private ProcessKey? Follower()
    {
        string path = Path.Combine(files.Directory, "follower");
        return File.Exists(path) && int.TryParse(File.ReadAllText(path).AsSpan().Trim(), CultureInfo.InvariantCulture, out int pid)
            ? ProcessTable.Find(pid)?.Key
            : null;
    }

    /// <summary>Whether the follower stands at the end of the file; where that cannot be asked, it is given a moment instead.</summary>
    private bool HasCopiedAll(int pid)
    {
        try
        {
            long length = RunFiles.LengthOf(files.Channel);
            return Directory.EnumerateFiles($"/proc/{pid}/fdinfo")
                .Where(info => File.ResolveLinkTarget($"/proc/{pid}/fd/{Path.GetFileName(info)}", false)?.FullName == files.Channel)
                .Select(info => File.ReadLines(info).First().Split('\t')[^1].Trim())
                .Any(position => long.Parse(position, CultureInfo.InvariantCulture) >= length);
        }
        catch (IOException)
        {
            return true;
        }
    }
}
