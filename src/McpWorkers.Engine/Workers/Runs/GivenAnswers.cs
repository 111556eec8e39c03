using System.Text;
using McpWorkers.Engine.Execution.Output;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workers.Runs;

/// <summary>
/// Which decisions an agent has got, as its run directory tells. It stands there as soon as the agent has been told, whether or not a host was there to
/// take note: what it got goes to no other run, and what it did not get is not lost.
/// </summary>
internal static class GivenAnswers
{
    private const string Prefix = "given-";
    private const int ChannelBytesMax = 64 * 1024 * 1024;

    /// <summary>To be called once the answer was written to the agent. Harmless where that was noted before.</summary>
    public static void Note(string runDirectory, string requestId)
    {
        try
        {
            RunFiles.Create(Path.Combine(runDirectory, Prefix + requestId), []);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It stands there already; or the disk is full, and a host that is there notes it.
        }
    }

    public static bool Holds(string runDirectory, WorkerRequest request) =>
        File.Exists(Path.Combine(runDirectory, Prefix + request.RequestId)) || (request.Kind == RequestKind.Permission && IsInChannel(runDirectory, request));

    /// <summary>What an agent is answered on its input stands in a file, by the agent's own id. That there is no answer yet is said with the request's.</summary>
    private static bool IsInChannel(string runDirectory, WorkerRequest request)
    {
        string[] key = request.Key.Split('/');
        return key is [_, "permission", var id, _]
            && RegularFile.TryRead(new RunFiles(runDirectory).Channel, ChannelBytesMax) is { } written
            && Encoding.UTF8.GetString(written).Split('\n').Any(line =>
                line.Contains($"\"{id}\"", StringComparison.Ordinal) && !line.Contains(request.RequestId, StringComparison.Ordinal));
    }
}
