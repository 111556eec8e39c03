using System.Text.Json;
using System.Text.RegularExpressions;

namespace McpWorkers.Engine.Execution.Containers.Api;

/// <summary>Docker or Podman, by the Docker Engine API.</summary>
internal sealed partial class ContainerEngine(EngineAddress address, TimeProvider time) : IContainerEngine, IDisposable
{
    /// <summary>An engine under load takes tens of seconds to unpack, start or remove.</summary>
    private static readonly TimeSpan WorkPatience = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan LeavePatience = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan GonePatience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan ListPatience = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan GoneEvery = TimeSpan.FromMilliseconds(100);

    private readonly EngineCalls _calls = new(address, time);
    private EngineIdentity? _identity;

    public string Address { get; } = address.ToString();

    public async Task<EngineIdentity> IdentifyAsync(CancellationToken cancellationToken)
    {
        if (_identity is { } known)
        {
            return known;
        }

        var spoken = await _calls.NegotiateAsync(cancellationToken);
        var info = await _calls.AskAsync(HttpMethod.Get, "info", "info", EngineJson.Default.WireInfo, cancellationToken: cancellationToken);
        return _identity = new(
            spoken.Kind,
            spoken.Version,
            spoken.Api,
            info.Rootless == true || info.SecurityOptions?.Any(o => o.Contains("rootless", StringComparison.Ordinal)) == true,
            info.MemoryLimit == true,
            info.CpuQuota == true,
            info.PidsLimit == true,
            info.Processors ?? 0,
            info.Warnings ?? []);
    }

    public async Task<ImageFacts?> FindImageAsync(string image, CancellationToken cancellationToken)
    {
        ImageReference.Parse(image);
        try
        {
            var found = await _calls.AskAsync(HttpMethod.Get, $"images/{image}/json", "inspect image", EngineJson.Default.WireImage, cancellationToken: cancellationToken);
            return new(
                found.Id ?? throw EngineFaults.OfNonsense(Address, "inspect image", "no id."),
                found.Config?.Env ?? [],
                found.Config?.User is { Length: > 0 } user ? user : null);
        }
        catch (EngineException e) when (e.Fault == EngineFault.NotFound)
        {
            return null;
        }
    }

    public async Task PullAsync(string image, Action<string> progress, CancellationToken cancellationToken)
    {
        await new ImagePulling(_calls, time).RunAsync(image, progress, cancellationToken);
        if (await FindImageAsync(image, cancellationToken) is null)
        {
            throw new EngineException(EngineFault.NotFound, $"The container engine at {Address} says that it fetched {image}, and does not have it.");
        }
    }

    public async Task<string> CreateAsync(string name, ContainerCreation creation, CancellationToken cancellationToken)
    {
        ImageReference.Parse(creation.Image);
        var spoken = await _calls.NegotiateAsync(cancellationToken);
        using var body = EngineCalls.Json(CreationBody.Of(creation, spoken.Kind), EngineJson.Default.WireCreation);
        // Engines go on with what they were asked when the asker leaves: the answer is waited for, so that it can be taken back.
        using var limit = new CancellationTokenSource();
        await using var leaving = cancellationToken.Register(() => limit.CancelAfter(LeavePatience));
        var created = await _calls.AskAsync(
            HttpMethod.Post, $"containers/create?name={Checked(name)}", "create", EngineJson.Default.WireCreated, body, WorkPatience, limit.Token);
        if (created.Id is not { Length: > 0 } id)
        {
            throw EngineFaults.OfNonsense(Address, "create", "no id.");
        }

        if (cancellationToken.IsCancellationRequested)
        {
            await RemoveAsync(id, limit.Token);
            throw new OperationCanceledException(cancellationToken);
        }

        if (CreationBody.DroppedLimit(creation.Limits, created.Warnings) is not { } dropped)
        {
            return id;
        }

        await RemoveAsync(id, cancellationToken);
        throw new EngineException(EngineFault.Refused, $"The container engine at {Address} cannot keep a limit: {dropped}");
    }

    public Task StartAsync(string container, CancellationToken cancellationToken) =>
        _calls.AskAsync(HttpMethod.Post, $"containers/{Checked(container)}/start", "start", bound: WorkPatience, cancellationToken: cancellationToken);

    public async Task<ContainerFacts?> InspectAsync(string container, CancellationToken cancellationToken)
    {
        try
        {
            var said = await _calls.AskAsync(
                HttpMethod.Get, $"containers/{Checked(container)}/json", "inspect", EngineJson.Default.WireContainer, cancellationToken: cancellationToken);
            return ContainerFactsReading.Facts(said) ?? throw EngineFaults.OfNonsense(Address, "inspect", "no id, or no state.");
        }
        catch (EngineException e) when (e.Fault == EngineFault.NotFound)
        {
            return null;
        }
    }

    public async Task<int?> WaitAsync(string container, CancellationToken cancellationToken)
    {
        try
        {
            // The head comes at once, the body at the end: there is no bound but the token.
            int? code = null;
            await new EndGuard(InspectAsync, time).RunAsync(Checked(container), async ending => code = await AskForEndAsync(container, ending), cancellationToken);
            // What was inspected counts: engines differ in what they say of one that was never started.
            var facts = await InspectAsync(container, cancellationToken);
            // Of one that is gone Podman says 0, however it ended.
            return facts is null or { State: ContainerState.Created } ? null : facts.ExitCode ?? (code is >= 0 ? code : null);
        }
        catch (EngineException e) when (e.Fault is EngineFault.NotFound or EngineFault.Conflict or EngineFault.Failed)
        {
            return await InspectAsync(container, cancellationToken) is null ? null : throw new EngineException(e.Fault, e.Message, e);
        }
    }

    public async Task KillAsync(string container, string signal, CancellationToken cancellationToken)
    {
        try
        {
            await _calls.AskAsync(
                HttpMethod.Post, $"containers/{Checked(container)}/kill?signal={Uri.EscapeDataString(signal)}", "kill", cancellationToken: cancellationToken);
        }
        catch (EngineException e) when (e.Fault is EngineFault.NotFound or EngineFault.Conflict or EngineFault.Failed)
        {
            // Podman answers 500 for one that has ended: whether it runs tells more than the answer.
            if (await InspectAsync(container, cancellationToken) is { State: ContainerState.Running or ContainerState.Paused })
            {
                throw;
            }
        }
    }

    public async Task RemoveAsync(string container, CancellationToken cancellationToken)
    {
        try
        {
            await _calls.AskAsync(
                HttpMethod.Delete, $"containers/{Checked(container)}?force=true&v=true", "remove", bound: WorkPatience, cancellationToken: cancellationToken);
        }
        catch (EngineException e) when (e.Fault == EngineFault.NotFound)
        {
            // Gone.
        }
        catch (EngineException e) when (e.Fault is EngineFault.Conflict or EngineFault.Failed)
        {
            if (!await IsGoneAsync(container, cancellationToken))
            {
                throw;
            }
        }
    }

    public async Task<IReadOnlyList<ContainerSummary>> ListAsync(IReadOnlyDictionary<string, string> labels, CancellationToken cancellationToken)
    {
        long begun = time.GetTimestamp();
        while (true)
        {
            try
            {
                return await ListOnceAsync(labels, cancellationToken);
            }
            catch (EngineException e) when (e.Fault == EngineFault.Failed && time.GetElapsedTime(begun) < ListPatience)
            {
                // Podman fails where a container goes while it is being listed, and on a busy engine some always do.
                await Task.Delay(GoneEvery, time, cancellationToken);
            }
        }
    }

    private async Task<IReadOnlyList<ContainerSummary>> ListOnceAsync(IReadOnlyDictionary<string, string> labels, CancellationToken cancellationToken)
    {
        var filters = new Dictionary<string, string[]> { ["label"] = [.. labels.Select(l => $"{l.Key}={l.Value}")] };
        string query = Uri.EscapeDataString(JsonSerializer.Serialize(filters, EngineJson.Default.DictionaryStringStringArray));
        var listed = await _calls.AskAsync(
            HttpMethod.Get, $"containers/json?all=true&filters={query}", "list", EngineJson.Default.IReadOnlyListWireListed, cancellationToken: cancellationToken);
        // Asked again of each: a filter that an engine ignores would hand us what belongs to others.
        return [.. listed.Select(ContainerFactsReading.Summary).OfType<ContainerSummary>()
            .Where(c => labels.All(l => c.Labels.TryGetValue(l.Key, out string? value) && value == l.Value))];
    }

    public async Task<ExecEnd> ExecAsync(string container, ExecCreation exec, Action<bool, ReadOnlyMemory<byte>> output, CancellationToken cancellationToken)
    {
        var end = await new ExecSession(_calls, time).RunAsync(Checked(container), exec, output, cancellationToken);
        // Podman says 0 of a command that ended with its container.
        return end.ExitCode != 0 || await InspectAsync(container, cancellationToken) is { State: ContainerState.Running or ContainerState.Paused } ? end : new(null);
    }

    public Task FollowAsync(string container, Action<bool, ReadOnlyMemory<byte>> output, CancellationToken cancellationToken) =>
        new OutputFollower(_calls, new(InspectAsync, time)).RunAsync(Checked(container), output, cancellationToken);

    public async Task<ContainerUse?> MeasureAsync(string container, CancellationToken cancellationToken)
    {
        try
        {
            // Without one-shot Docker takes a second for a sample before.
            string said = await _calls.AskAsync(
                HttpMethod.Get, $"containers/{Checked(container)}/stats?stream=false&one-shot=true", "stats", cancellationToken: cancellationToken);
            return said.Length == 0 ? null : ContainerFactsReading.Use(_calls.Parse(said, "stats", EngineJson.Default.WireStats));
        }
        catch (EngineException e) when (e.Fault is EngineFault.NotFound or EngineFault.Conflict)
        {
            return null;
        }
    }

    public void Dispose() => _calls.Dispose();

    // Another removal may be under way, or the container's files were busy for a moment.
    private async Task<bool> IsGoneAsync(string container, CancellationToken cancellationToken)
    {
        for (long since = time.GetTimestamp(); time.GetElapsedTime(since) < GonePatience;)
        {
            if (await InspectAsync(container, cancellationToken) is not { } facts)
            {
                return true;
            }

            if (facts.State != ContainerState.Removing && facts.State != ContainerState.Dead)
            {
                return false;
            }

            await Task.Delay(GoneEvery, time, cancellationToken);
        }

        return false;
    }

    private async Task<int?> AskForEndAsync(string container, CancellationToken cancellationToken)
    {
        using var answer = await _calls.SendAsync(HttpMethod.Post, $"containers/{container}/wait", "wait", null, cancellationToken);
        return _calls.Parse(await ReadToEndAsync(answer, cancellationToken), "wait", EngineJson.Default.WireWait).StatusCode;
    }

    private async Task<string> ReadToEndAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        await using var stream = await answer.Content.ReadAsStreamAsync(cancellationToken);
        byte[] buffer = new byte[4096];
        int had = 0;
        for (int count; had < buffer.Length && (count = await _calls.ReadAsync(stream, buffer.AsMemory(had), "wait", cancellationToken)) > 0;)
        {
            had += count;
        }

        return System.Text.Encoding.UTF8.GetString(buffer, 0, had);
    }

    // It becomes a part of a path: a slash could lead to another call of the API.
    private static string Checked(string container) => Name().IsMatch(container)
        ? container
        : throw new EngineException(EngineFault.Refused, $"'{container}' is no container's name.");

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9_.-]{0,255}\z", RegexOptions.None, 1000)]
    private static partial Regex Name();
}
