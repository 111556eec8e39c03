using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Tasks.Dispatch;

/// <summary>A change of a task that is decided and in the store's line.</summary>
/// <param name="Generation">Of the task on the board when it was decided.</param>
/// <param name="Write">Whether the store took it: false where its row is another one.</param>
internal sealed record BoardChange(WorkTask Before, WorkTask Next, int Generation, Task<bool> Write);
