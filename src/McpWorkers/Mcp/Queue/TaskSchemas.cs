namespace McpWorkers.Mcp.Queue;

/// <summary>What the tools of the set <c>tasks</c> return, as JSON schemas (2020-12).</summary>
internal static class TaskSchemas
{
    public const string Status = """{"type":"string","enum":["waiting","parked","running","completed","failed","cancelled","dead"]}""";

    private const string TextOrNull = """{"anyOf":[{"type":"string"},{"type":"null"}]}""";
    private const string Texts = """{"type":"array","items":{"type":"string"}}""";

    private const string Attempt =
        $$$$"""
        {"type":"object","properties":{
        "number":{"type":"integer"},"run_id":{"type":"string"},"worker_id":{"type":"string"},
        "started":{"type":"string"},"finished":{{{{TextOrNull}}}},
        "outcome":{"anyOf":[{"type":"string","enum":["completed","failed","timeout","cancelled","lost","handed_back"]},{"type":"null"}],"description":"null while it goes on"},
        "cause":{{{{TextOrNull}}}},"detail":{{{{TextOrNull}}}}
        },"required":["number","run_id","worker_id","started","finished","outcome","cause"]}
        """;

    private const string Fields =
        $$$$"""
        "task_id":{"type":"string"},
        "key":{{{{TextOrNull}}}},
        "status":{{{{Status}}}},
        "reason":{"anyOf":[{"type":"string","enum":["slot","schedule","dependency","quota","budget","request","approval"]},{"type":"null"}],"description":"what it waits for"},
        "detail":{{{{TextOrNull}}}},
        "waiting_for":{{{{Tools.OutputSchemas.WaitingFor}}}},
        "role":{"type":"string"},
        "priority":{"type":"string","enum":["high","normal","low"]},
        "queue":{"type":"string"},
        "prompt":{"type":"string"},
        "prompt_length":{"type":"integer","description":"only where the prompt is cut"},
        "after":{{{{Texts}}}},
        "at":{{{{TextOrNull}}}},
        "created":{"type":"string"},
        "started":{{{{TextOrNull}}}},
        "finished":{{{{TextOrNull}}}},
        "attempts":{"type":"array","items":{{{{Attempt}}}}}
        """;

    private const string Required = """ "required":["task_id","status","reason","role","priority","queue","prompt","created","finished","attempts"] """;

    /// <summary>In short.</summary>
    public const string Brief = $$$$"""{"type":"object","properties":{{{{{Fields}}}}},{{{{Required}}}}}""";

    public const string Briefs = $$$$"""{"type":"object","properties":{"result":{"type":"array","items":{{{{Brief}}}}}},"required":["result"]}""";

    private const string Added =
        $$$$"""{"type":"object","properties":{{{{{Fields}}}},"added":{"type":"boolean","description":"false: a task with its key was there already"},"warnings":{{{{Texts}}}}},{{{{Required}}}}}""";

    public const string AddedTasks = $$$$"""{"type":"object","properties":{"result":{"type":"array","items":{{{{Added}}}}}},"required":["result"]}""";

    public const string Page =
        $$$$"""{"type":"object","properties":{"tasks":{"type":"array","items":{{{{Brief}}}}},"next_before":{{{{TextOrNull}}}}},"required":["tasks","next_before"]}""";

    public const string Waited =
        $$$$"""{"type":"object","properties":{"over":{"type":"boolean","description":"all of them are"},"tasks":{"type":"array","items":{{{{Brief}}}}}},"required":["over","tasks"]}""";

    private const string SpecFields =
        $$$$"""
        "worker_type":{"type":"string"},"model":{"type":"string"},"permission":{"type":"string"},"autonomy":{"type":"string"},"working_directory":{"type":"string"},
        "workspace":{"type":"string"},"repo":{"type":"string"},"branch":{"type":"string"},"from":{"type":"string"},"bring_changes":{"type":"boolean"},
        "launcher":{"type":"string"},"image":{"type":"string"},"verify":{{{{Texts}}}},"timeout":{"type":"number"},"budget":{"type":"object"},"source":{"type":"string"}
        """;

    /// <summary>All of a task; what was not asked for is left out.</summary>
    public const string Whole =
        $$$$"""
        {"type":"object","properties":{{{{{Fields}}}},{{{{SpecFields}}}},
        "result":{"anyOf":[{{{{Tools.OutputSchemas.Result}}}},{"type":"null"}],"description":"of the last attempt"}
        },{{{{Required}}}}}
        """;

    private const string ScheduleFields =
        $$$$"""
        "schedule_id":{"type":"string"},"name":{"type":"string"},
        "cron":{"type":"string"},"time_zone":{"type":"string"},
        "overlap":{"type":"string","enum":["skip","allow","replace"]},"missed":{"type":"string","enum":["once","skip"]},
        "paused":{"type":"boolean"},
        "next":{{{{TextOrNull}}}},"last":{{{{TextOrNull}}}},"last_task":{{{{TextOrNull}}}},"last_outcome":{{{{TextOrNull}}}},
        "firings":{"type":"integer"},"created":{"type":"string"},
        "role":{{{{TextOrNull}}}},"priority":{"type":"string"},"queue":{{{{TextOrNull}}}},"prompt":{"type":"string"},{{{{SpecFields}}}}
        """;

    private const string ScheduleRequired = """ "required":["schedule_id","name","cron","time_zone","overlap","missed","paused","next","last","last_task","firings","prompt"] """;

    public const string Schedule = $$$$"""{"type":"object","properties":{{{{{ScheduleFields}}}}},{{{{ScheduleRequired}}}}}""";

    public const string ScheduleAdded =
        $$$$"""{"type":"object","properties":{{{{{ScheduleFields}}}},"warnings":{{{{Texts}}}}},{{{{ScheduleRequired}}}}}""";

    public const string Schedules = $$$$"""{"type":"object","properties":{"result":{"type":"array","items":{{{{Schedule}}}}}},"required":["result"]}""";

    private const string QueueFields =
        $$$$"""
        "paused":{"type":"boolean"},
        "paused_since":{{{{TextOrNull}}}},
        "tasks":{"type":"object","additionalProperties":{"type":"integer"},"description":"how many in each status"},
        "roles":{"type":"object","additionalProperties":{"type":"object","properties":{
        "running":{"type":"integer"},"ready":{"type":"integer"},"limit":{"type":"integer"}},"required":["running","ready","limit"]}},
        "slots_taken":{"type":"integer"},
        "slots_max":{"type":"integer"},
        "next_due":{{{{TextOrNull}}}}
        """;

    private const string QueueRequired = """ "required":["paused","paused_since","tasks","roles","slots_taken","slots_max","next_due"] """;

    public const string Queue = $$$$"""{"type":"object","properties":{{{{{QueueFields}}}}},{{{{QueueRequired}}}}}""";

    public const string Controlled =
        $$$$"""
        {"type":"object","properties":{{{{{QueueFields}}}},
        "tasks_handed_back":{"type":"integer","description":"of stop_all: their attempts were stopped, and they wait again"},
        "runs_cancelled":{"type":"integer","description":"of stop_all: runs that were no task's"}
        },{{{{QueueRequired}}}}}
        """;
}
