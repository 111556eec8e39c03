namespace McpWorkers.Engine.Requests.Policy;

/// <summary>What the policy has to know of the machine on which the tool would be used.</summary>
/// <param name="HomeDirectory">What <c>~</c> stands for; absolute.</param>
/// <param name="Resolve">
/// Where an absolute path leads once every link in it is followed; parts that do not exist stay as they are. Null where that cannot be told, as
/// within a container: nothing that names paths is allowed by rule then.
/// </param>
internal sealed record PathFacts(string HomeDirectory, Func<string, string?> Resolve)
{
    /// <summary>Of this machine, seen with the eyes of this process.</summary>
    public static PathFacts OfThisMachine { get; } = new(
        Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), LinkResolver.Resolve);
}
