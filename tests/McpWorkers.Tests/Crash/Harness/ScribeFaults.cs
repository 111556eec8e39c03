namespace McpWorkers.Tests.Crash;

/// <summary>What went wrong in a round, each with the phase and the seed to see it again by; and how long each phase took.</summary>
internal sealed class ScribeFaults(int number, int seed)
{
    private readonly List<string> _all = [];
    private readonly List<string> _times = [];
    private long _entered;

    public string Phase { get; private set; } = "";

    public IReadOnlyList<string> All => _all;

    /// <summary>Seconds, for people.</summary>
    public string Times => string.Join(", ", _times);

    public void Enter(string phase)
    {
        if (Phase.Length > 0)
        {
            _times.Add($"{Phase} {TimeProvider.System.GetElapsedTime(_entered).TotalSeconds:0.0}");
        }

        _entered = TimeProvider.System.GetTimestamp();
        Phase = phase;
    }

    public void Add(string text) => _all.Add($"round {number} (seed {seed}), {Phase}: {text}");

    public void AddRange(IEnumerable<string> texts) => texts.ToList().ForEach(Add);
}
