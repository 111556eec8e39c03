namespace McpWorkers.Engine.Events;

/// <summary>Something of note that a host did and that is no fact about a worker's state: for its log.</summary>
/// <param name="Name">One word, such as <c>adopted</c>.</param>
/// <param name="Message">One line for a person.</param>
/// <param name="IsTrouble">Somebody should look.</param>
public sealed record HostNote(string Name, string Message, string? WorkerId = null, string? RunId = null, bool IsTrouble = false);
