using System.Text;
using McpWorkers.Engine.Execution.Output;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>The end of standard error, where the reason of a failure mostly stands.</summary>
internal static class StderrTail
{
    private const int BytesMax = 8 * 1024;

    public static string Read(string path)
    {
        using var file = RegularFile.TryOpen(path);
        return Encoding.UTF8.GetString(RegularFile.ReadEnd(file, BytesMax));
    }
}
