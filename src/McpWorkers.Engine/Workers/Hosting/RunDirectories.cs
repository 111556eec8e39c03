namespace McpWorkers.Engine.Workers.Hosting;

/// <summary>Looks at run directories from outside.</summary>
internal static class RunDirectories
{
    /// <summary>A process of a run has said its name there. A tombstone is none.</summary>
    public static bool HoldsProcess(string directory)
    {
        string pid = Path.Combine(directory, "pid");
        return File.Exists(pid) && File.ReadAllText(pid).Trim() is not ("" or "0");
    }

    /// <summary>0 where it is gone.</summary>
    public static long BytesOf(string directory)
    {
        try
        {
            return Directory.Exists(directory)
                ? new DirectoryInfo(directory).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length)
                : 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
