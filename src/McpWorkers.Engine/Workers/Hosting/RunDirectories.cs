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

    /// <summary>Removes the directory of a launch that came to nothing.</summary>
    /// <exception cref="IOException">It cannot be removed.</exception>
    public static void Remove(string directory)
    {
        for (int again = 0; Directory.Exists(directory); again++)
        {
            try
            {
                Directory.Delete(directory, recursive: true);
            }
            catch (IOException) when (again < 3)
            {
                // Something came into it meanwhile: a wrapper that is late leaves a file, and does not go on.
            }
        }
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
