using System.Text;
using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Execution.Output;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workers.Runs;

/// <summary>
/// Answers an agent that asks on its output and is answered on its input. What was answered stands in the run's directory: a later host that reads the
/// same questions again answers only those that are open.
/// </summary>
/// <param name="given">Told which request's decision the agent has got.</param>
/// <param name="ask">Asks for leave under an id of the agent's own: gives the decision, or none in the time for which a call is held.</param>
internal sealed class RunConversation(
    IAgentControl control, string runDirectory, Func<AgentEvent.PermissionAsked, CancellationToken, Task<PermissionReply>> ask, Func<string, Task> given, Action<string> tell,
    CancellationToken leaving) : IDisposable
{
    private const int InputBytesMax = 64 * 1024 * 1024;

    private readonly SemaphoreSlim _turn = new(1);
    private readonly CancellationTokenSource _over = CancellationTokenSource.CreateLinkedTokenSource(leaving);
    private readonly HashSet<string> _seen = [];
    private IExecutionHandle? _handle;
    private string _answered = "";
    private int _isEnded;

    /// <param name="isAdopted">Another host may have answered some of it.</param>
    public void Begin(IExecutionHandle handle, bool isAdopted)
    {
        _handle = handle;
        _answered = isAdopted ? Encoding.UTF8.GetString(RegularFile.TryRead(Path.Combine(runDirectory, "stdin.ndjson"), InputBytesMax) ?? []) : "";
    }

    public void Take(AgentEvent said)
    {
        if (said is AgentEvent.PermissionAsked asked && _seen.Add(asked.Id) && !_answered.Contains($"\"{asked.Id}\"", StringComparison.Ordinal))
        {
            _ = AnswerAsync(asked, _over.Token);
        }
    }

    /// <summary>After each line: its input is ended once nothing more is to be said.</summary>
    public void Look(AgentActivity activity)
    {
        if (activity.IsInputOver && Interlocked.Exchange(ref _isEnded, 1) == 0)
        {
            _ = WriteAsync(default, end: true);
        }
    }

    /// <summary>Its process has ended: nobody is there to be answered.</summary>
    public void Dispose()
    {
        _over.Cancel();
        _over.Dispose();
        _turn.Dispose();
    }

    private async Task AnswerAsync(AgentEvent.PermissionAsked asked, CancellationToken over)
    {
        try
        {
            // Whoever reads the output must not be held up.
            await Task.Yield();
            var reply = asked.IsCut ? new PermissionReply(false, "It is too long to be looked at.") : await ask(asked, over);
            if (await WriteAsync(control.Answer(asked, reply.Allows, reply.Message), end: false) && reply.Decided is { } requestId)
            {
                await NoteGivenAsync(requestId);
            }
        }
        catch (OperationCanceledException)
        {
            // The next host answers, or nobody need.
        }
        catch (RefusedException refused)
        {
            await WriteAsync(control.Answer(asked, allow: false, refused.Message), end: false);
        }
    }

    private async Task NoteGivenAsync(string requestId)
    {
        try
        {
            await given(requestId);
        }
        catch (RefusedException)
        {
            // What was written stands in the run's directory.
        }
    }

    /// <returns>Whether it stands in the file from which the agent is told.</returns>
    private async Task<bool> WriteAsync(ReadOnlyMemory<byte> lines, bool end)
    {
        try
        {
            await _turn.WaitAsync(leaving);
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            return false;
        }

        try
        {
            await _handle!.WriteInputAsync(lines, end, leaving);
            return true;
        }
        catch (OperationCanceledException)
        {
            // The next host goes on.
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            // It waits until a bound of the run ends it; whoever looks on is told why.
            tell($"its input cannot be written: {e.Message}");
            return false;
        }
        finally
        {
            _turn.Release();
        }
    }
}

/// <param name="Message">For the agent; null for none.</param>
/// <param name="Decided">The request that was decided so, where it is to be noted that the agent was told.</param>
internal sealed record PermissionReply(bool Allows, string? Message, string? Decided = null);
