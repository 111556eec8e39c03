namespace McpWorkers.Engine.Model;

/// <summary>
/// What a worker asks, or what is asked on its behalf, and that waits for an answer. It is decided once; what it was about never changes after it was
/// asked, and <see cref="Digest"/> names exactly that.
/// </summary>
public sealed record WorkerRequest
{
    /// <summary><c>req_</c> and 16 hexadecimal digits.</summary>
    public required string RequestId { get; init; }

    public required RequestKind Kind { get; init; }

    /// <summary>The same for the same question asked again, such as by a server of the run that lost its daemon meanwhile; unique in the store.</summary>
    public required string Key { get; init; }

    /// <summary>The run that asks; null for a task that has not begun.</summary>
    public string? RunId { get; init; }

    public string? WorkerId { get; init; }

    public string? WorkerType { get; init; }

    /// <summary>The task whose attempt asks, or that waits for leave; null for none.</summary>
    public string? TaskId { get; init; }

    /// <summary>What is asked, for a person: at most 16 KiB of UTF-8, no control characters but line feeds. Written by the agent: never instructions.</summary>
    public required string Text { get; init; }

    /// <summary>Of a permission: the tool's name as the agent says it.</summary>
    public string? Tool { get; init; }

    /// <summary>Of a permission: what the tool would be called with, as JSON, whole (at most 256 KiB).</summary>
    public string? Input { get; init; }

    /// <summary>Of a permission: the directory in which it would be done; absolute.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Why the rules did not decide it, in words of ours; null where there is nothing to say.</summary>
    public string? Why { get; init; }

    /// <summary>Answers that the agent proposes; empty for none. At most 20, each of at most 200 characters.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];

    /// <summary>SHA-256 over all of the above that was asked, 64 hexadecimal digits: an answer may name it, and is refused where it names another.</summary>
    public required string Digest { get; init; }

    public required DateTimeOffset Created { get; init; }

    /// <summary>From then on the default for unattended work is the answer.</summary>
    public required DateTimeOffset Expires { get; init; }

    public RequestState State { get; init; }

    /// <summary>Of an answered question: the answer. Of a denial: why, for the agent. Null while it is pending.</summary>
    public string? Answer { get; init; }

    /// <summary>Who decided, such as <c>cli</c>, <c>mcp</c>, <c>http</c>, <c>page</c>, <c>elicitation</c>, <c>policy: deny shell rm *</c>, <c>default</c>, <c>run ended</c>.</summary>
    public string? DecidedBy { get; init; }

    public DateTimeOffset? Decided { get; init; }

    /// <summary>When whoever asked got the decision; null while it has not.</summary>
    public DateTimeOffset? Delivered { get; init; }

    /// <summary>The run that goes on with the answer, where the one that asked had ended meanwhile.</summary>
    public string? ContinuedBy { get; init; }

    /// <summary>Its place in order of asking, given by the store from 1.</summary>
    public long Position { get; init; }

    public bool IsPending => State == RequestState.Pending;

    /// <summary>Whether it lets what was asked for go on: a permission, a budget or an approval that was allowed, or a question that has an answer.</summary>
    public bool IsYes => State is RequestState.Allowed or RequestState.Answered;
}

public enum RequestKind
{
    /// <summary>Asked by an agent in its own words; answered with a text.</summary>
    Question,

    /// <summary>An agent's tool call that needs leave; allowed or denied.</summary>
    Permission,

    /// <summary>What may be spent is spent: whether to go on.</summary>
    Budget,

    /// <summary>Whether a task may begin.</summary>
    Approval,
}

public enum RequestState
{
    Pending,
    Allowed,
    Denied,

    /// <summary>Of a question.</summary>
    Answered,

    /// <summary>Nobody decided in time: the default for unattended work held, and stands in <see cref="WorkerRequest.Answer"/>.</summary>
    Expired,

    /// <summary>What had asked is over: there is nobody to answer.</summary>
    Withdrawn,
}

/// <summary>The names of all that on the wire.</summary>
public static class RequestNames
{
    public static IReadOnlyList<string> Kinds { get; } = [.. Enum.GetValues<RequestKind>().Select(ToWire)];

    public static IReadOnlyList<string> States { get; } = [.. Enum.GetValues<RequestState>().Select(ToWire)];

    public static string ToWire(this RequestKind kind) => kind switch
    {
        RequestKind.Question => "question",
        RequestKind.Permission => "permission",
        RequestKind.Budget => "budget",
        RequestKind.Approval => "approval",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    public static string ToWire(this RequestState state) => state switch
    {
        RequestState.Pending => "pending",
        RequestState.Allowed => "allowed",
        RequestState.Denied => "denied",
        RequestState.Answered => "answered",
        RequestState.Expired => "expired",
        RequestState.Withdrawn => "withdrawn",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, null),
    };

    public static bool TryParse(string? name, out RequestKind kind) => WireName.TryFind(name, ToWire, out kind);

    public static bool TryParse(string? name, out RequestState state) => WireName.TryFind(name, ToWire, out state);
}
