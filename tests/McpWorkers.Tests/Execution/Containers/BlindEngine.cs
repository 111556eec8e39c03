using McpWorkers.Engine.Execution.Containers.Api;
using McpWorkers.Engine.Model;

namespace McpWorkers.Tests.Execution.Containers;

/// <summary>A real engine that sees other files than we do at the same paths, as one in a virtual machine would.</summary>
/// <param name="ours">Everything below it.</param>
/// <param name="theirs">Empty directories and files are made there instead.</param>
internal sealed class BlindEngine(IContainerEngine engine, string ours, string theirs) : IContainerEngine
{
    public string Address => engine.Address;

    public Task<EngineIdentity> IdentifyAsync(CancellationToken cancellationToken) => engine.IdentifyAsync(cancellationToken);

    public Task<ImageFacts?> FindImageAsync(string image, CancellationToken cancellationToken) => engine.FindImageAsync(image, cancellationToken);

    public Task PullAsync(string image, Action<string> progress, CancellationToken cancellationToken) => engine.PullAsync(image, progress, cancellationToken);

    public Task<string> CreateAsync(string name, ContainerCreation creation, CancellationToken cancellationToken) =>
        engine.CreateAsync(name, creation with { Mounts = [.. creation.Mounts.Select(Elsewhere)] }, cancellationToken);

    public Task StartAsync(string container, CancellationToken cancellationToken) => engine.StartAsync(container, cancellationToken);

    public Task<ContainerFacts?> InspectAsync(string container, CancellationToken cancellationToken) => engine.InspectAsync(container, cancellationToken);

    public Task<int?> WaitAsync(string container, CancellationToken cancellationToken) => engine.WaitAsync(container, cancellationToken);

    public Task KillAsync(string container, string signal, CancellationToken cancellationToken) => engine.KillAsync(container, signal, cancellationToken);

    public Task RemoveAsync(string container, CancellationToken cancellationToken) => engine.RemoveAsync(container, cancellationToken);

    public Task<IReadOnlyList<ContainerSummary>> ListAsync(IReadOnlyDictionary<string, string> labels, CancellationToken cancellationToken) =>
        engine.ListAsync(labels, cancellationToken);

    public Task<ExecEnd> ExecAsync(string container, ExecCreation exec, Action<bool, ReadOnlyMemory<byte>> output, CancellationToken cancellationToken) =>
        engine.ExecAsync(container, exec, output, cancellationToken);

    public Task FollowAsync(string container, Action<bool, ReadOnlyMemory<byte>> output, CancellationToken cancellationToken) =>
        engine.FollowAsync(container, output, cancellationToken);

    public Task<ContainerUse?> MeasureAsync(string container, CancellationToken cancellationToken) => engine.MeasureAsync(container, cancellationToken);

    private ContainerMount Elsewhere(ContainerMount mount)
    {
        string source = Path.Combine(theirs, Path.GetRelativePath(ours, mount.Source));
        if (File.Exists(mount.Source))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(source)!);
            File.WriteAllText(source, "");
        }
        else
        {
            Directory.CreateDirectory(source);
        }

        return mount with { Source = source };
    }
}
