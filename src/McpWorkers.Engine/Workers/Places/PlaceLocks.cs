using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workers.Places;

/// <summary>One at a time changes a workspace, also between processes over one data directory.</summary>
internal sealed class PlaceLocks(string directory)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Dispose what is returned to give it back; the system does where the process dies.</summary>
    /// <exception cref="RefusedException">Another one holds it for long.</exception>
    public async Task<IDisposable> TakeAsync(string id, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(directory);
        long begun = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(Path.Combine(directory, id), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.None);
            }
            catch (IOException) when (TimeProvider.System.GetElapsedTime(begun) < Patience)
            {
                await Task.Delay(Pause, cancellationToken);
            }
            catch (IOException e)
            {
                throw new RefusedException(RefusalCode.AlreadyOwned, $"The workspace '{id}' is in use by another command for long: {e.Message}");
            }
        }
    }
}
