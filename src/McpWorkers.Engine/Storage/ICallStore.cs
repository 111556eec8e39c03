using System.Text.Json.Nodes;

namespace McpWorkers.Engine.Storage;

/// <summary>Calls that were answered with a handle before their runs were over, so that the handle outlives the host.</summary>
public interface ICallStore
{
    Task AddAsync(StoredCall call);

    /// <summary>Null where it is not known, or no longer.</summary>
    Task<StoredCall?> FindAsync(string callId, CancellationToken cancellationToken);

    /// <summary>Forgets calls created before that.</summary>
    Task RemoveAsync(DateTimeOffset before);
}

/// <summary>Which runs a call stands for.</summary>
/// <param name="CallId">128 random bits, hexadecimal.</param>
/// <param name="Kind">The caller's own word for the call, such as the tool's name.</param>
/// <param name="ParentRun">The run from within which the call came; null for none. Only the same may find it again.</param>
/// <param name="Items">In the order of the call.</param>
public sealed record StoredCall(string CallId, string Kind, string? ParentRun, DateTimeOffset Created, IReadOnlyList<CallItem> Items);

/// <summary>One item of a call: a run, or the result of an item that was refused.</summary>
/// <param name="Refused">As <see cref="Model.WorkerResult.ToJson"/>; null where there is a run.</param>
public sealed record CallItem(string? RunId, JsonObject? Refused);
