using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Requests;

/// <summary>A request in one line.</summary>
public static class RequestLine
{
    private const int Max = 200;

    /// <summary>At most 200 characters and an ellipsis; no line feeds.</summary>
    public static string Of(WorkerRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        string what = request.Kind == RequestKind.Permission ? $"{request.Tool}: {request.Text}" : request.Text;
        string line = what.ReplaceLineEndings(" ").Replace('\t', ' ');
        return line.Length <= Max ? line : line[..(char.IsHighSurrogate(line[Max - 1]) ? Max - 1 : Max)] + "…";
    }
}
