using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;

namespace McpWorkers.Daemon;

/// <summary>The data directory's lock, which a daemon holds for as long as its process lives.</summary>
internal static class DaemonLock
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);

    /// <summary>Takes the directory; where another holds it, waits a while for its end.</summary>
    /// <exception cref="RefusedException">The directory cannot be used, or the other one stays.</exception>
    public static async Task<DataDirectory> TakeAsync(string path, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        long begun = time.GetTimestamp();
        while (true)
        {
            try
            {
                return DataDirectory.Take(path);
            }
            catch (RefusedException refused) when (refused.Code == RefusalCode.AlreadyOwned && time.GetElapsedTime(begun) < patience)
            {
                await Task.Delay(Pause, time, cancellationToken);
            }
        }
    }

    /// <summary>Whether a daemon lives, also one that has not opened its door yet.</summary>
    public static bool IsHeld(string path)
    {
        if (!Directory.Exists(path))
        {
            return false;
        }

        try
        {
            // Held for the blink of an eye, which a daemon that is being started outwaits.
            DataDirectory.Take(path).Dispose();
            return false;
        }
        catch (RefusedException refused) when (refused.Code == RefusalCode.AlreadyOwned)
        {
            return true;
        }
    }
}
