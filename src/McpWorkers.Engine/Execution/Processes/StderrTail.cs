using System.Text;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>The end of standard error, where the reason of a failure mostly stands.</summary>
internal static class StderrTail
{
    private const int BytesMax = 8 * 1024;

    public static string Read(string path)
    {
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var tail = new byte[BytesMax];
            int count = RandomAccess.Read(file, tail, Math.Max(0, RandomAccess.GetLength(file) - BytesMax));
            return Encoding.UTF8.GetString(tail, 0, count);
        }
        catch (IOException)
        {
            return "";
        }
    }
}
