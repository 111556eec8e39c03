namespace McpWorkers.Engine.Storage.Sqlite;

/// <summary>How much room is left beside a file.</summary>
internal static class DiskRoom
{
    /// <summary>Bytes; <see cref="long.MaxValue"/> where the system does not tell.</summary>
    public static long Beside(string path)
    {
        try
        {
            string place = OperatingSystem.IsWindows() ? Path.GetPathRoot(path)! : Path.GetDirectoryName(path)!;
            return new DriveInfo(place).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return long.MaxValue;
        }
    }
}
