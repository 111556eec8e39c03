namespace McpWorkers.Mcp.Requests;

/// <summary>What the tools of the set <c>requests</c> return, as JSON schemas (2020-12).</summary>
internal static class RequestSchemas
{
    public const string Kinds = """["question","permission","budget","approval"]""";

    public const string States = """["pending","allowed","denied","answered","expired","withdrawn"]""";

    private const string TextOrNull = """{"anyOf":[{"type":"string"},{"type":"null"}]}""";
    private const string Texts = """{"type":"array","items":{"type":"string"}}""";

    /// <summary>One request.</summary>
    public const string Request =
        $$$$"""
        {"type":"object","properties":{
        "request_id":{"type":"string"},
        "kind":{"type":"string","enum":{{{{Kinds}}}}},
        "state":{"type":"string","enum":{{{{States}}}}},
        "worker_id":{{{{TextOrNull}}}},"worker_type":{{{{TextOrNull}}}},"run_id":{{{{TextOrNull}}}},"task_id":{{{{TextOrNull}}}},
        "text":{"type":"string"},
        "text_length":{"type":"integer","description":"only where the text is cut"},
        "tool":{{{{TextOrNull}}}},
        "input":{"anyOf":[{"type":"string"},{"type":"null"}],"description":"what the tool would be called with, as JSON"},
        "input_length":{"type":"integer","description":"only where the input is cut"},
        "working_directory":{{{{TextOrNull}}}},
        "why":{"anyOf":[{"type":"string"},{"type":"null"}],"description":"why no rule decided it"},
        "options":{{{{Texts}}}},
        "untrusted":{"type":"array","items":{"type":"string"},"description":"fields that an agent wrote"},
        "digest":{"type":"string"},
        "created":{"type":"string"},"expires":{"type":"string"},
        "answer":{{{{TextOrNull}}}},"decided_by":{{{{TextOrNull}}}},"decided":{{{{TextOrNull}}}},
        "continued_by":{"anyOf":[{"type":"string"},{"type":"null"}],"description":"run that goes on with the answer"}
        },"required":["request_id","kind","state","worker_id","run_id","task_id","text","tool","input","options","untrusted","digest","created","expires","answer","decided_by","decided"]}
        """;

    public const string Page =
        $$$$"""{"type":"object","properties":{"requests":{"type":"array","items":{{{{Request}}}}},"next_before":{{{{TextOrNull}}}}},"required":["requests","next_before"]}""";
}
