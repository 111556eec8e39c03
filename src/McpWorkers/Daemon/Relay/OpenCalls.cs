using System.Text.Json;
using System.Text.Json.Nodes;

namespace McpWorkers.Daemon.Relay;

/// <summary>A request without its answer yet.</summary>
/// <param name="line">To send it again; null where it is not to be.</param>
internal sealed class OpenCall(long number, MessageHead head, byte[]? line)
{
    private readonly List<AcceptedRun> _runs = [];

    public long Number => number;

    public MessageHead Head => head;

    public byte[]? Line => line;

    /// <summary>How often it was written to a daemon.</summary>
    public int Sends { get; set; }

    /// <summary>What the daemon has said that it accepted for it.</summary>
    public IReadOnlyList<AcceptedRun> Runs => _runs;

    public void Accept(IEnumerable<AcceptedRun> runs) => _runs.AddRange(runs);
}

internal sealed record AcceptedRun(string RunId, string WorkerId);

/// <summary>What a relay has to remember of the conversation in order to go on with it at another daemon.</summary>
internal sealed class OpenCalls(RelayLimits limits)
{
    public const string AcceptedMethod = "notifications/mcpworkers/accepted";

    private readonly Lock _lock = new();
    private readonly Dictionary<string, OpenCall> _open = [];
    private readonly Dictionary<string, byte[]> _standing = [];
    private readonly HashSet<string> _swallowed = [];
    private readonly HashSet<string> _asked = [];
    private byte[]? _initialize;
    private byte[]? _initialized;
    private string? _initializeId;
    private TaskCompletionSource? _opened;
    private TaskCompletionSource _quiet = Done();
    private long _numbers;

    /// <summary>Completed while nothing is open that will be answered.</summary>
    public Task Quiet
    {
        get
        {
            lock (_lock)
            {
                return _quiet.Task;
            }
        }
    }

    /// <summary>Takes note of a line from the client. False where it is not to be passed on.</summary>
    public bool TakeFromClient(MessageHead head, ReadOnlySpan<byte> line)
    {
        lock (_lock)
        {
            switch (head.Kind)
            {
                case MessageKind.Request:
                    Open(head, line);
                    return true;
                case MessageKind.Notification when head.Method == "notifications/initialized":
                    _initialized = line.ToArray();
                    return true;
                case MessageKind.Notification when head is { Method: "notifications/cancelled", About: { } id }:
                    // No answer follows.
                    Close(id);
                    return true;
                case MessageKind.Answer:
                    // An answer to a daemon that is gone would be taken for one to another question of the new one.
                    return _asked.Remove(head.Id!);
                default:
                    return true;
            }
        }
    }

    /// <summary>Takes note of a line from the daemon. False where it is not for the client. An answer counts as given once it is written: <see cref="MarkAnswered"/>.</summary>
    public bool TakeFromDaemon(MessageHead head, ReadOnlySpan<byte> line)
    {
        lock (_lock)
        {
            switch (head.Kind)
            {
                case MessageKind.Answer:
                    if (head.Id == _initializeId)
                    {
                        _opened?.TrySetResult();
                    }

                    if (_swallowed.Remove(head.Id!))
                    {
                        return false;
                    }

                    return true;
                case MessageKind.Request:
                    _asked.Add(head.Id!);
                    return true;
                case MessageKind.Notification when head.Method == AcceptedMethod:
                    Accept(line);
                    return false;
                default:
                    return true;
            }
        }
    }

    public void MarkAnswered(string id)
    {
        lock (_lock)
        {
            Close(id);
        }
    }

    public bool IsOpen(string id)
    {
        lock (_lock)
        {
            return _open.ContainsKey(id);
        }
    }

    /// <summary>Marks a request as written to a daemon. False where it is not open any more.</summary>
    public bool MarkSent(string id)
    {
        lock (_lock)
        {
            if (!_open.TryGetValue(id, out var call))
            {
                return false;
            }

            call.Sends++;
            return true;
        }
    }

    /// <summary>The daemon is gone. Removes and returns what it will not answer any more and what must not be asked twice.</summary>
    public IReadOnlyList<OpenCall> TakeLost()
    {
        lock (_lock)
        {
            _swallowed.Clear();
            _asked.Clear();
            return Remove(call => call.Sends > 0 && (call.Line is null || (call.Sends >= limits.SendsMax && !Lookups.Stands(call.Head))));
        }
    }

    /// <summary>No daemon is to be had. Removes and returns everything.</summary>
    public IReadOnlyList<OpenCall> TakeAll()
    {
        lock (_lock)
        {
            return Remove(_ => true);
        }
    }

    /// <summary>Whether somebody waits for an answer of the next daemon.</summary>
    public bool HasWaiting
    {
        get
        {
            lock (_lock)
            {
                return _open.Values.Any(call => !Lookups.Stands(call.Head));
            }
        }
    }

    /// <summary>What a new daemon has to be told before anything else, and when it has answered that. Null where nothing was said yet, or is still open.</summary>
    public (byte[] Initialize, Task Answered, byte[]? Initialized)? Opening()
    {
        lock (_lock)
        {
            if (_initialize is null || _open.ContainsKey(_initializeId!))
            {
                return null;
            }

            _swallowed.Add(_initializeId!);
            _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
            return (_initialize, _opened.Task, _initialized);
        }
    }

    /// <summary>What is to be said again after the opening, in the old order: what stands (subscriptions), then what is open and was sent before.</summary>
    public IReadOnlyList<byte[]> Again()
    {
        lock (_lock)
        {
            foreach (string id in _standing.Values.Select(line => MessageHead.Read(line).Id!))
            {
                _swallowed.Add(id);
            }

            var again = _open.Values.Where(call => call.Sends > 0).OrderBy(call => call.Number).ToList();
            again.ForEach(call => call.Sends++);
            return [.. _standing.Values, .. again.Select(call => call.Line!)];
        }
    }

    private void Open(MessageHead head, ReadOnlySpan<byte> line)
    {
        byte[]? kept = Lookups.MayRepeat(head) && line.Length <= limits.KeptBytesMax ? line.ToArray() : null;
        if (head.Method == "initialize")
        {
            _initialize = line.ToArray();
            _initializeId = head.Id;
            kept = _initialize;
        }

        // Counts as standing once it is answered; until then it is open, and the one must not be said beside the other.
        _open[head.Id!] = new(_numbers++, head, kept);
        if (!Lookups.Stands(head) && _quiet.Task.IsCompleted)
        {
            _quiet = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private void Close(string id)
    {
        if (!_open.Remove(id, out var call))
        {
            return;
        }

        switch (call.Head.Method)
        {
            case "resources/subscribe" when call.Line is { } line:
                _standing[$"resource {call.Head.Uri}"] = line;
                break;
            case "resources/unsubscribe":
                _standing.Remove($"resource {call.Head.Uri}");
                break;
            case "logging/setLevel" when call.Line is { } line:
                _standing["level"] = line;
                break;
        }

        SayQuiet();
    }

    private List<OpenCall> Remove(Func<OpenCall, bool> which)
    {
        var removed = _open.Values.Where(which).OrderBy(call => call.Number).ToList();
        foreach (var call in removed)
        {
            _open.Remove(call.Head.Id!);
        }

        SayQuiet();
        return removed;
    }

    private void SayQuiet()
    {
        if (!_open.Values.Any(call => !Lookups.Stands(call.Head)))
        {
            _quiet.TrySetResult();
        }
    }

    private void Accept(ReadOnlySpan<byte> line)
    {
        try
        {
            var parameters = JsonNode.Parse(line)?["params"];
            string? id = parameters?["request_id"] switch
            {
                JsonValue value when value.TryGetValue(out string? text) => "s" + text,
                JsonValue value => "n" + value.ToJsonString(),
                _ => null,
            };
            if (id is not null && _open.TryGetValue(id, out var call) && parameters?["runs"] is JsonArray runs)
            {
                call.Accept(runs.Select(run => new AcceptedRun((string?)run?["run_id"] ?? "", (string?)run?["worker_id"] ?? "")));
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Then the error of a lost call names no run.
        }
    }

    private static TaskCompletionSource Done()
    {
        var done = new TaskCompletionSource();
        done.SetResult();
        return done;
    }
}
