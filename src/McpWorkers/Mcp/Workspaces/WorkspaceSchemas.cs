namespace McpWorkers.Mcp.Workspaces;

/// <summary>What the tools of the set <c>workspaces</c> return, as JSON schemas (2020-12).</summary>
internal static class WorkspaceSchemas
{
    private const string TextOrNull = """{"anyOf":[{"type":"string"},{"type":"null"}]}""";
    private const string IntegerOrNull = """{"anyOf":[{"type":"integer"},{"type":"null"}]}""";
    private const string Texts = """{"type":"array","items":{"type":"string"}}""";

    private const string Collisions =
        $$$$"""{"type":"array","items":{"type":"object","properties":{"with":{"type":"string","description":"the target, or another worker's id"},"files":{{{{Texts}}}}},"required":["with","files"]}}""";

    private const string ViewFields =
        $$$$"""
        "worker_id":{"type":"string"},
        "kind":{"type":"string","enum":["worktree","clone","directory"]},
        "path":{"type":"string"},
        "source":{"type":"string"},
        "branch":{"type":"string"},
        "target":{{{{TextOrNull}}}},
        "has_worker":{"type":"boolean"},
        "created":{"type":"string"},
        "merged_head":{{{{TextOrNull}}}},
        "notes":{{{{Texts}}}}
        """;

    public const string View = $$$$"""{"type":"object","properties":{{{{{ViewFields}}}}},"required":["worker_id","kind","path","branch"]}""";

    /// <summary>What one holds, whole.</summary>
    public const string Changes =
        $$$$"""
        {"type":"object","properties":{
        "path":{"type":"string"},"branch":{{{{TextOrNull}}}},"base":{"type":"string"},"head":{"type":"string"},
        "commits":{"type":"array","items":{"type":"object","properties":{"id":{"type":"string"},"subject":{"type":"string"}},"required":["id","subject"]}},
        "files":{"type":"array","items":{"type":"object","properties":{
        "path":{"type":"string"},"status":{"type":"string"},"from":{{{{TextOrNull}}}},
        "added":{{{{IntegerOrNull}}}},"deleted":{{{{IntegerOrNull}}}}},"required":["path","status"]}},
        "file_count":{"type":"integer"},"added":{"type":"integer"},"deleted":{"type":"integer"},
        "nested_repositories":{{{{Texts}}}},"uncommitted":{{{{Texts}}}}
        },"required":["path","base","head","commits","files","file_count","added","deleted"]}
        """;

    /// <summary>A workspace with what it holds: of <see cref="List"/> the short form, elsewhere the whole one.</summary>
    public const string One = $$$$"""{"type":"object","properties":{{{{{ViewFields}}}},"changes":{{{{Changes}}}}},"required":["worker_id","kind","path","branch","changes"]}""";

    public const string List =
        $$$$"""
        {"type":"object","properties":{"result":{"type":"array","items":{"type":"object","properties":{{{{{ViewFields}}}},
        "changes":{"type":"object","properties":{
        "commits":{"type":"integer"},"file_count":{"type":"integer"},"added":{"type":"integer"},"deleted":{"type":"integer"},
        "files":{{{{Texts}}}},"uncommitted":{{{{Texts}}}},"nested_repositories":{{{{Texts}}}}}},
        "error":{"type":"string","description":"why its changes could not be read"},
        "diff_resource":{"type":"string"},
        "forecast":{"type":"object","properties":{"target":{"type":"string"},"collisions":{{{{Collisions}}}},"overlaps":{{{{Collisions}}}}},"required":["target","collisions","overlaps"]}
        },"required":["worker_id","kind","path","branch"]}}},"required":["result"]}
        """;

    public const string Merged =
        $$$$"""
        {"type":"object","properties":{"result":{"type":"array","items":{"type":"object","properties":{
        "worker_id":{"type":"string"},
        "status":{"type":"string","enum":["merged","nothing_to_merge","conflict","checks_failed","refused"]},
        "target":{"type":"string"},
        "commit":{{{{TextOrNull}}}},
        "files":{{{{Texts}}}},
        "checks":{"type":"array","items":{"type":"object","properties":{
        "command":{"type":"string"},"exit_code":{{{{IntegerOrNull}}}},"seconds":{"type":"number"},"output":{"type":"string"}},"required":["command","exit_code","seconds","output"]}},
        "detail":{"type":"string"}
        },"required":["worker_id","status","target","commit","files","checks","detail"]}}},"required":["result"]}
        """;

    public const string Discarded =
        $$$$"""
        {"type":"object","properties":{
        "worker_id":{"type":"string"},
        "trash_id":{"anyOf":[{"type":"string"},{"type":"null"}],"description":"null: there was nothing to keep"},
        "file_count":{"type":"integer"},
        "bytes":{"type":"integer"}
        },"required":["worker_id","trash_id","file_count","bytes"]}
        """;

    public const string TrashEntry =
        $$$$"""
        {"type":"object","properties":{
        "trash_id":{"type":"string"},"worker_id":{"type":"string"},"kind":{"type":"string"},"source":{"type":"string"},"branch":{"type":"string"},
        "taken":{"type":"string"},"why":{"type":"string"},"file_count":{"type":"integer"},"bytes":{"type":"integer"},
        "repository":{"type":"string"},"ref":{"type":"string"},"commit":{"type":"string"},"left_out":{{{{Texts}}}}
        },"required":["trash_id","worker_id","taken","why","file_count","bytes"]}
        """;

    public const string TrashEntries = $$$$"""{"type":"array","items":{{{{TrashEntry}}}}}""";

    private const string FileFields =
        $$$$"""
        "entry":{{{{TrashEntry}}}},
        "files":{"type":"array","items":{"type":"object","properties":{
        "path":{"type":"string"},"state":{"type":"string","enum":["tracked","changed","untracked","ignored","git"]},"bytes":{"type":"integer"}},"required":["path","state","bytes"]}},
        "next_cursor":{{{{IntegerOrNull}}}}
        """;

    /// <summary>A page of a snapshot's files.</summary>
    public const string TrashFiles = $$$$"""{"type":"object","properties":{{{{{FileFields}}}}},"required":["entry","files","next_cursor"]}""";

    public const string Emptied = """{"type":"object","properties":{"deleted":{"type":"integer"}},"required":["deleted"]}""";

    /// <summary>Which fields there are depends on the action.</summary>
    public const string Trash =
        $$$$"""
        {"type":"object","properties":{
        "entries":{{{{TrashEntries}}}},
        {{{{FileFields}}}},
        "workspace":{{{{View}}}},
        "deleted":{"type":"integer"}
        }}
        """;
}
