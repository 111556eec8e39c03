using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Mcp.Requests;

/// <summary>
/// Waits for the runs of one call, and meanwhile asks the call's client what they ask, where it can be asked. Somebody else may answer first; what
/// the client leaves stays for the others.
/// </summary>
internal sealed class AskingCalls(CallProgress progress, CallSeal seal, TimeProvider time)
{
    /// <summary>Between two forms of which the first was not taken, at most: where nobody reads them they do not chase each other.</summary>
    private const int PauseSecondsMax = 30;

    /// <summary>Before a store that could not be read is read again.</summary>
    private static readonly TimeSpan StorePause = TimeSpan.FromSeconds(1);

    /// <summary>A call that is made again, with what its client says to what it was asked; null for one that is new.</summary>
    /// <exception cref="RefusedException">It gives back what was not given to it, or what its user said cannot be recorded now.</exception>
    public async Task<ResumedCall?> ResumeAsync(ToolArguments arguments, ToolCall call, CancellationToken cancellationToken)
    {
        if (call.Questions?.State is not { } state)
        {
            return null;
        }

        if (seal.Open(state) is not { } made || made.Tool != arguments.Tool || made.Arguments != arguments.Digest())
        {
            throw arguments.Refuse("requestState is not what this call was answered with. Repeat the call as it was, with requestState unchanged; nothing was run");
        }

        if (await call.Manager.FindCallAsync(made.CallId, cancellationToken) is not { } saved)
        {
            throw new RefusedException(RefusalCode.NotFound, "What this call had begun is not known any more: worker_collect_results still gives the last results of the workers. Nothing was run.");
        }

        var left = new List<string>(made.Left);
        var wrong = new Dictionary<string, string>();
        foreach (string asked in made.Asked)
        {
            if (call.Questions.Responses is not { } responses || !responses.TryGetValue(asked, out var response))
            {
                continue;
            }

            var outcome = await FormAnswers.TakeAsync(call.Manager, asked, FormAnswers.Read(response), cancellationToken);
            if (outcome.IsLeft)
            {
                left.Add(asked);
            }
            else if (outcome is { NotTaken: { } why, IsWrong: true })
            {
                wrong[asked] = why.Message;
            }
            else if (outcome.NotTaken is { } fault)
            {
                throw new RefusedException(
                    fault.Code,
                    $"What was said to request '{asked}' could not be recorded, and it stays pending: {fault.Message} Make the same call again, with the same requestState and "
                    + "inputResponses: what it has begun goes on meanwhile, and nothing is run twice.");
            }
        }

        var items = new List<BatchItem>();
        foreach (var run in saved.Runs)
        {
            var last = await Continuations.LastAsync(call.Manager, run, cancellationToken);
            items.Add(run.RunId.Length > 0 ? new(new(last.RunId, last.WorkerId), null) : new(null, run.Result));
        }

        return new(made.CallId, items, left, wrong);
    }

    /// <summary>The results in the order of the items.</summary>
    /// <param name="resumed">Null where the call is new.</param>
    /// <exception cref="InputRequiredException">The client is to be asked by the answer: it makes the call again.</exception>
    public async Task<IReadOnlyList<WorkerResult>> WatchAsync(
        ToolArguments arguments, ToolCall call, IReadOnlyList<BatchItem> items, ResumedCall? resumed, CancellationToken cancellationToken)
    {
        var runs = items.Select(item => item.Run).OfType<RunTicket>().ToList();
        if (call.Questions is not { CanAsk: true } questions || runs.Count == 0)
        {
            return await progress.WatchAsync(call, items, cancellationToken);
        }

        using var asked = new AskedByRuns(call.Manager.Requests, runs);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (questions.AskAsync is { } ask)
        {
            var asking = AskEachAsync(call.Manager, asked, ask, over.Token);
            try
            {
                return await progress.WatchAsync(call, items, cancellationToken);
            }
            finally
            {
                await over.CancelAsync();
                await asking;
            }
        }

        var waiting = progress.WatchAsync(call, items, over.Token);
        try
        {
            if (await QuestionsAsync(arguments, call, items, resumed, asked, waiting, cancellationToken) is not { } toAsk)
            {
                return await waiting;
            }

            // Results that came together with a question are the end of it.
            await over.CancelAsync();
            await ((Task)waiting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
            return waiting.IsCompletedSuccessfully ? await waiting : throw toAsk;
        }
        finally
        {
            await over.CancelAsync();
            await ((Task)waiting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>
    /// Waits until there is something to ask the client. A store that cannot be read or written for a moment is no end of the call: what it has begun
    /// goes on, and it is tried again.
    /// </summary>
    /// <returns>Null where the call has its results before.</returns>
    private async Task<InputRequiredException?> QuestionsAsync(
        ToolArguments arguments, ToolCall call, IReadOnlyList<BatchItem> items, ResumedCall? resumed, AskedByRuns asked, Task results, CancellationToken cancellationToken)
    {
        while (true)
        {
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var coming = asked.UntilAskedAsync(resumed?.Left ?? [], enough.Token);
            await Task.WhenAny(results, coming);
            if (results.IsCompleted)
            {
                await enough.CancelAsync();
                await ((Task)coming).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return null;
            }

            try
            {
                return await QuestionsAsync(arguments, call, items, resumed, await coming);
            }
            catch (RefusedException)
            {
                await Task.WhenAny(results, Task.Delay(StorePause, time, enough.Token));
                await enough.CancelAsync();
            }
        }
    }

    private async Task<InputRequiredException> QuestionsAsync(
        ToolArguments arguments, ToolCall call, IReadOnlyList<BatchItem> items, ResumedCall? resumed, IReadOnlyList<WorkerRequest> asked)
    {
        string callId = resumed?.CallId ?? (await call.Manager.SaveCallAsync(arguments.Tool, items)).CallId;
        string state = seal.Seal(new(callId, arguments.Tool, arguments.Digest(), [.. asked.Select(request => request.RequestId)], resumed?.Left ?? []));
        return new(asked.ToDictionary(request => request.RequestId, request => InputRequest.ForElicitation(ClientForm.Of(request, resumed?.Wrong.GetValueOrDefault(request.RequestId)))), state);
    }

    /// <summary>
    /// Asks one after the other, since a user answers one after the other; again where his answer was not taken, and then the form says why. Never
    /// throws but for what is our fault.
    /// </summary>
    private async Task AskEachAsync(
        WorkerManager manager, AskedByRuns asked, Func<ElicitRequestParams, CancellationToken, ValueTask<ElicitResult>> ask, CancellationToken over)
    {
        HashSet<string> done = [];
        string? notTaken = null;
        int failures = 0;
        try
        {
            while (true)
            {
                if (failures > 0)
                {
                    await Task.Delay(TimeSpan.FromSeconds(Math.Min(failures - 1, PauseSecondsMax)), time, over);
                }

                try
                {
                    var request = (await asked.UntilAskedAsync(done, over))[0];
                    var said = await AskAsync(manager, request, notTaken, ask, over);
                    notTaken = said is null ? null : (await FormAnswers.TakeAsync(manager, request.RequestId, said, over)).NotTaken?.Message;
                    failures = notTaken is null ? 0 : failures + 1;
                    if (notTaken is null)
                    {
                        done.Add(request.RequestId);
                    }
                }
                catch (RefusedException)
                {
                    // What is asked cannot be read now.
                    failures++;
                }
            }
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // The call has its results.
        }
        catch (Exception e) when (e is McpException or IOException or InvalidOperationException or System.Text.Json.JsonException)
        {
            // The client cannot be asked after all: the others can.
        }
    }

    /// <summary>Null where somebody else decided meanwhile: then the client's answer is waited for no more.</summary>
    private static async Task<ElicitResult?> AskAsync(
        WorkerManager manager, WorkerRequest request, string? notTaken, Func<ElicitRequestParams, CancellationToken, ValueTask<ElicitResult>> ask, CancellationToken over)
    {
        using var decided = CancellationTokenSource.CreateLinkedTokenSource(over);
        var elsewhere = manager.Requests.WaitAsync(request.RequestId, Timeout.InfiniteTimeSpan, decided.Token);
        var asking = ask(ClientForm.Of(request, notTaken), decided.Token).AsTask();
        await Task.WhenAny(asking, elsewhere);
        await decided.CancelAsync();
        await ((Task)elsewhere).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            return await asking;
        }
        catch (OperationCanceledException) when (!over.IsCancellationRequested)
        {
            return null;
        }
    }
}

/// <summary>A call that goes on.</summary>
/// <param name="Left">Requests that its client's user left to others.</param>
/// <param name="Wrong">By request, why what he said to it is no answer.</param>
internal sealed record ResumedCall(string CallId, IReadOnlyList<BatchItem> Items, IReadOnlyList<string> Left, IReadOnlyDictionary<string, string> Wrong);
