namespace McpWorkers;

/// <summary>How this program is started again.</summary>
internal static class ThisProgram
{
    /// <summary>The executable; under <c>dotnet mcpworkers.dll</c> the assembly after it.</summary>
    public static IReadOnlyList<string> Command { get; } = Find();

    private static string[] Find()
    {
        string executable = Environment.ProcessPath
            ?? throw new PlatformNotSupportedException("This system does not tell where a process was started from.");
        string first = Environment.GetCommandLineArgs()[0];
        return Path.GetExtension(first) == ".dll" && Path.GetFileNameWithoutExtension(executable) == "dotnet"
            ? [executable, Path.GetFullPath(first)]
            : [executable];
    }
}
