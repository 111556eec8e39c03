namespace McpWorkers.Engine.Execution.Containers.Api;

/// <summary>What a container's command writes, from its start to its end.</summary>
internal sealed class OutputFollower(EngineCalls calls, EndGuard guard)
{
    private const string Call = "logs";

    public async Task RunAsync(string container, Action<bool, ReadOnlyMemory<byte>> output, CancellationToken cancellationToken)
    {
        long outBytes = 0, errorBytes = 0;
        if (await guard.RunAsync(container, ending => ReadAsync(container, "true", Take, ending), cancellationToken))
        {
            return;
        }

        // What the stream has held back is in the log.
        long outLeft = outBytes, errorLeft = errorBytes;
        try
        {
            await ReadAsync(container, "false", TakeRest, cancellationToken);
        }
        catch (EngineException e) when (e.Fault == EngineFault.NotFound)
        {
            // The container is gone, and its log with it.
        }

        void Take(bool isError, ReadOnlyMemory<byte> bytes)
        {
            output(isError, bytes);
            (isError ? ref errorBytes : ref outBytes) += bytes.Length;
        }

        void TakeRest(bool isError, ReadOnlyMemory<byte> bytes)
        {
            ref long left = ref isError ? ref errorLeft : ref outLeft;
            int known = (int)Math.Min(left, bytes.Length);
            left -= known;
            if (known < bytes.Length)
            {
                output(isError, bytes[known..]);
            }
        }
    }

    private async Task ReadAsync(string container, string follows, Action<bool, ReadOnlyMemory<byte>> output, CancellationToken cancellationToken)
    {
        using var answer = await calls.SendAsync(
            HttpMethod.Get, $"containers/{container}/logs?follow={follows}&stdout=true&stderr=true", Call, null, cancellationToken);
        await using var stream = await answer.Content.ReadAsStreamAsync(cancellationToken);
        await new Frames(calls, Call).CopyAsync(stream, output, cancellationToken);
    }
}
