using System.Text;
using McpWorkers.Mcp.Client;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Verbs;

/// <summary>
/// What an agent wrote, as it is: bytes where standard output is no terminal; on a terminal as text in which control characters are visible.
/// </summary>
internal sealed class RawLogReader(CliEnvironment environment, WorkerClient client)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <param name="follow">Until the run is over; else what there is.</param>
    public async Task ShowAsync(string run, bool follow, CancellationToken cancellationToken)
    {
        await using var bytes = environment.OutIsTerminal ? null : environment.OutBytes();
        var decoder = Encoding.UTF8.GetDecoder();
        long cursor = 0;
        while (true)
        {
            var (piece, next, isOver) = await client.Watch.RawAsync(run, cursor, cancellationToken);
            if (bytes is null)
            {
                char[] text = new char[Encoding.UTF8.GetMaxCharCount(piece.Length)];
                int length = decoder.GetChars(piece, text, flush: isOver);
                await environment.Out.WriteAsync(TerminalText.Visible(new string(text, 0, length)));
            }
            else
            {
                await bytes.WriteAsync(piece, cancellationToken);
                await bytes.FlushAsync(cancellationToken);
            }

            if (isOver || (next == cursor && !follow))
            {
                return;
            }

            if (next == cursor)
            {
                await Task.Delay(Pause, environment.Time, cancellationToken);
            }

            cursor = next;
        }
    }
}
