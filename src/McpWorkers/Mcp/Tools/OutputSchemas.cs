namespace McpWorkers.Mcp.Tools;

/// <summary>What the tools return, as JSON schemas (2020-12).</summary>
internal static class OutputSchemas
{
    public const string Status =
        """{"type":"string","enum":["pending","starting","running","completed","failed","timeout","cancelled"]}""";

    // Not "type":["string","null"]: some clients' dialects of JSON Schema know no lists of types.
    private const string TextOrNull = """{"anyOf":[{"type":"string"},{"type":"null"}]}""";
    private const string IntegerOrNull = """{"anyOf":[{"type":"integer"},{"type":"null"}]}""";

    /// <summary>What work waits for beside its turn.</summary>
    public const string WaitingFor =
        """{"type":"object","properties":{"kind":{"type":"string"},"text":{"type":"string"},"request_id":{"type":"string"},"until":{"type":"string"}},"required":["kind","text"]}""";

    /// <summary>One run's result.</summary>
    public const string Result =
        $$$$"""
        {"type":"object","properties":{
        "worker_id":{"type":"string"},
        "status":{{{{Status}}}},
        "output":{"type":"string"},
        "error":{{{{TextOrNull}}}},
        "exit_code":{{{{IntegerOrNull}}}},
        "duration_seconds":{"type":"number"},
        "has_output":{"type":"boolean"},
        "metadata":{"type":"object","description":"outcome, run_id, usage, cost_usd, session_id; for a long output output_truncated, output_length, output_resource, next_cursor"}
        },"required":["worker_id","status","output","error","exit_code","duration_seconds","has_output","metadata"]}
        """;

    public const string Results = $$$$"""{"type":"object","properties":{"result":{"type":"array","items":{{{{Result}}}}}},"required":["result"]}""";

    public const string ResultsById = $$$$"""{"type":"object","additionalProperties":{{{{Result}}}}}""";

    public const string StatusById = $$$$"""{"type":"object","additionalProperties":{{{{Status}}}}}""";

    public const string Ids = """{"type":"object","properties":{"result":{"type":"array","items":{"type":"string"}}},"required":["result"]}""";

    private const string WorkerFields =
        $$$$""" "worker_id":{"type":"string"},"worker_type":{"type":"string"},"status":{{{{Status}}}} """;

    public const string Workers =
        $$$$"""
        {"type":"object","properties":{"result":{"type":"array","items":{"type":"object","properties":{{{{{WorkerFields}}}},
        "task_id":{"type":"string","description":"that it is at"},
        "waiting_for":{{{{WaitingFor}}}},
        "agent":{"type":"string"},
        "model":{{{{TextOrNull}}}},
        "working_directory":{"type":"string"},
        "launcher":{"type":"string"},
        "image":{"type":"string"},
        "run_id":{{{{TextOrNull}}}},
        "elapsed_seconds":{"type":"number"},
        "activity":{"type":"string"},
        "total_tokens":{{{{IntegerOrNull}}}},
        "cost_usd":{"anyOf":[{"type":"number"},{"type":"null"}]},
        "cpu_percent":{"type":"number","description":"of one processor"},
        "memory_bytes":{"type":"integer"},
        "waiting":{"type":"integer","description":"prompts that wait for this worker"},
        "runs_done":{"type":"integer"},
        "has_result":{"type":"boolean"},
        "simulated":{"type":"boolean"}
        },"required":["worker_id","worker_type","status"]}}},"required":["result"]}
        """;

    public const string Close =
        """
        {"type":"object","properties":{
        "success":{"type":"boolean"},
        "worker_id":{"type":"string"},
        "stopped_run":{"type":"boolean"},
        "error":{"type":"string"}
        },"required":["success","worker_id"]}
        """;

    public const string CloseAll =
        """{"type":"object","properties":{"closed_count":{"type":"integer"}},"required":["closed_count"]}""";

    public const string Health =
        $$$$"""
        {"type":"object","properties":{
        "status":{"type":"string","enum":["healthy","degraded","disabled"]},
        "workers_active":{"type":"integer","description":"workers that exist"},
        "max_concurrent":{"type":"integer","description":"runs at once"},
        "debug_mode":{"type":"boolean","description":"a client in debug mode is connected"},
        "debug_monitor_active":{"type":"boolean","description":"somebody follows what its workers write"},
        "workers":{"type":"array","items":{"type":"object","properties":{{{{{WorkerFields}}}}},"required":["worker_id","worker_type","status"]}},
        "runs_active":{"type":"integer"},
        "runs_waiting":{"type":"integer"},
        "max_workers":{"type":"integer"},
        "default_worker_type":{"type":"string"},
        "worker_types":{"type":"array","items":{"type":"object","properties":{
        "name":{"type":"string"},"available":{"type":"boolean"},"missing":{{{{TextOrNull}}}}},"required":["name","available","missing"]}},
        "held_pools":{"type":"array","description":"pools (worker type and credential) whose service gives no more for a while; what needs them waits","items":{"type":"object","properties":{
        "pool":{"type":"string"},"state":{"type":"string","enum":["open","due","probing"]},"since":{"type":"string"},"until":{"type":"string","description":"when the next run may probe"},
        "stated":{"type":"boolean","description":"whether the service said until when"},"probes":{"type":"integer","description":"probes that met the limit again"},
        "signal":{"type":"string"},"message":{"type":"string"}},"required":["pool","state","since","until","stated","probes","signal","message"]}},
        "warnings":{"type":"array","items":{"type":"string"}}
        },"required":["status","workers_active","max_concurrent","debug_mode","workers"]}
        """;
}
