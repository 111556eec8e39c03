namespace McpWorkers.Engine.Execution.Limits;

/// <summary>The hierarchies of control groups that limits can be put into: version 2, version 1, or both beside each other.</summary>
/// <param name="Unified">Version 2; null where it is not mounted.</param>
/// <param name="First">Version 1: of memory, cpu and pids those that are mounted.</param>
internal sealed record CgroupHierarchies(CgroupHierarchy? Unified, IReadOnlyList<CgroupHierarchy> First)
{
    private const string Mounts = "/proc/self/mountinfo";

    private static readonly string[] s_controllers = ["memory", "cpu", "pids"];

    public static CgroupHierarchies OfThisMachine { get; } = Read();

    public IEnumerable<CgroupHierarchy> All => Unified is null ? First : First.Prepend(Unified);

    private static CgroupHierarchies Read()
    {
        if (!OperatingSystem.IsLinux() || !File.Exists(Mounts))
        {
            return new(null, []);
        }

        CgroupHierarchy? unified = null;
        var first = new Dictionary<string, CgroupHierarchy>();
        var own = CgroupHierarchy.GroupsOf(Environment.ProcessId);

        // "36 35 98:0 /root /point options - type source super-options"; the last one mounted covers those before it.
        foreach (string line in File.ReadLines(Mounts).Reverse())
        {
            string[] halves = line.Split(" - ", 2);
            string[] fields = halves[0].Split(' ');
            string[] kind = halves.Length == 2 ? halves[1].Split(' ') : [];
            if (kind.Length < 3 || fields.Length < 5)
            {
                continue;
            }

            var (root, point) = (fields[3], fields[4]);
            if (kind[0] == "cgroup2")
            {
                unified ??= new(point, "", OwnIn(""));
            }
            else if (kind[0] == "cgroup")
            {
                foreach (string controller in kind[^1].Split(',').Intersect(s_controllers))
                {
                    first.TryAdd(controller, new(point, controller, OwnIn(controller)));
                }
            }

            string? OwnIn(string controller) => own
                .Where(group => controller.Length == 0 ? group.Controllers.Length == 0 : group.Controllers.Split(',').Contains(controller))
                .Select(group => CgroupHierarchy.Locate(point, root, group.Path)).FirstOrDefault();
        }

        return new(unified, [.. first.Values]);
    }
}
