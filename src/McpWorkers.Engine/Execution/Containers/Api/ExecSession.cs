namespace McpWorkers.Engine.Execution.Containers.Api;

/// <summary>One command in a container that runs, listened to until it has ended.</summary>
internal sealed class ExecSession(EngineCalls calls, TimeProvider time)
{
    private const string Call = "exec";
    private static readonly TimeSpan AskEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>What is still on its way once the command has ended.</summary>
    private static readonly TimeSpan RestPatience = TimeSpan.FromMilliseconds(500);

    /// <summary>The stream may end before the engine has noted the exit code.</summary>
    private static readonly TimeSpan NotePatience = TimeSpan.FromSeconds(3);

    public async Task<ExecEnd> RunAsync(string container, ExecCreation exec, Action<bool, ReadOnlyMemory<byte>> output, CancellationToken cancellationToken)
    {
        string id = await CreateAsync(container, exec, cancellationToken);
        using var start = EngineCalls.Json(new WireExecStart(Detach: false, Tty: false), EngineJson.Default.WireExecStart);
        using var answer = await calls.SendAsync(HttpMethod.Post, $"exec/{id}/start", Call, start, cancellationToken);
        await using var stream = await answer.Content.ReadAsStreamAsync(cancellationToken);
        using var listening = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var copying = new Frames(calls, Call).CopyAsync(stream, output, listening.Token);

        try
        {
            await EndAsync(id, copying, cancellationToken);
            listening.CancelAfter(RestPatience);
            await copying;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The rest, if there is any, is a grandchild's.
        }
        finally
        {
            // Nobody is told of output once this has returned.
            await listening.CancelAsync();
            await copying.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return new(await ExitCodeAsync(id, cancellationToken));
    }

    // A grandchild that holds the output open would keep Docker's stream open beyond the command's end: so the engine is asked as well.
    private async Task EndAsync(string id, Task copying, CancellationToken cancellationToken)
    {
        while (await Task.WhenAny(copying, Task.Delay(AskEvery, time, cancellationToken)) != copying)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if ((await AskAsync(id, cancellationToken)).Running == false)
            {
                return;
            }
        }
    }

    private async Task<string> CreateAsync(string container, ExecCreation exec, CancellationToken cancellationToken)
    {
        using var body = EngineCalls.Json(
            new WireExecCreation { Cmd = exec.Command, Env = CreationBody.Assignments(exec.Environment), WorkingDir = exec.WorkingDirectory, User = exec.User },
            EngineJson.Default.WireExecCreation);
        var created = await calls.AskAsync(
            HttpMethod.Post, $"containers/{container}/exec", Call, EngineJson.Default.WireExecCreated, body, cancellationToken: cancellationToken);
        return created.Id is { Length: > 0 } id && id.All(char.IsAsciiLetterOrDigit) ? id : throw EngineFaults.OfNonsense(calls.Address.ToString(), Call, "no id.");
    }

    // While it runs, the exit code is null with Docker and 0 with Podman: it counts only once nothing runs any more.
    private async Task<int?> ExitCodeAsync(string id, CancellationToken cancellationToken)
    {
        long since = time.GetTimestamp();
        while (true)
        {
            var state = await AskAsync(id, cancellationToken);
            if (state.Running == false)
            {
                return state.ExitCode;
            }

            if (time.GetElapsedTime(since) > NotePatience)
            {
                return null;
            }

            await Task.Delay(AskEvery / 10, time, cancellationToken);
        }
    }

    private async Task<WireExecState> AskAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            return await calls.AskAsync(HttpMethod.Get, $"exec/{id}/json", Call, EngineJson.Default.WireExecState, cancellationToken: cancellationToken);
        }
        catch (EngineException e) when (e.Fault == EngineFault.NotFound)
        {
            // Its container has ended, and the command with it.
            return new(Running: false, ExitCode: null);
        }
    }
}
