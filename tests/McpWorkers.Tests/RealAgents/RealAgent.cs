using System.Text.Json.Nodes;
using McpWorkers.Tests.Product;

namespace McpWorkers.Tests.RealAgents;

/// <summary>One of the installed AI CLIs: where it is, and how it is pointed at the model server.</summary>
internal sealed record RealAgent
{
    private const string Key = "sk-made-up-000000000000";

    private static readonly RealAgent[] Known =
    [
        new()
        {
            Name = "claude",
            Program = "claude",
            Variables = url => new()
            {
                ["ANTHROPIC_BASE_URL"] = url,
                ["ANTHROPIC_API_KEY"] = Key,
                ["DISABLE_AUTOUPDATER"] = "1",
                ["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"] = "1",

                // Else it offers MCP tools only after the model has searched for them.
                ["ENABLE_TOOL_SEARCH"] = "false",
            },
            SaysRateLimit = true,
        },
        new()
        {
            Name = "qwen",
            Program = "qwen",
            Variables = url => new()
            {
                ["OPENAI_BASE_URL"] = url + "/v1",
                ["OPENAI_API_KEY"] = Key,
                ["OPENAI_MODEL"] = "test-model",
                ["QWEN_TELEMETRY_ENABLED"] = "false",
                ["QWEN_CODE_DISABLE_AUTO_UPDATE"] = "1",
            },

            // It hides MCP tools behind a search, but runs one that is called by its name.
            EchoPrompt = """[[call:mcp__echo__echo_text:{"text":"ping-from-model"}]] go""",

            // One or two hidden requests of its own are counted with each turn.
            OutputTokensMax = 150,
        },
        new()
        {
            Name = "gemini",
            Program = "gemini",
            Model = "gemini-2.5-flash",
            Variables = url => new()
            {
                ["GOOGLE_GEMINI_BASE_URL"] = url,
                ["GEMINI_API_KEY"] = Key,
                ["GEMINI_TELEMETRY_ENABLED"] = "false",
            },
            HomeFile = _ => (".gemini/settings.json", """{"security":{"auth":{"selectedType":"gemini-api-key"}}}"""),
        },
        new()
        {
            Name = "codex",
            Program = "codex",
            Variables = _ => new() { ["TESTS_MODEL_KEY"] = Key },
            HomeFile = url => (".codex/config.toml", $"""
                model = "gpt-5.1-codex"
                model_provider = "tests"
                [model_providers.tests]
                name = "tests"
                base_url = "{url}/v1"
                env_key = "TESTS_MODEL_KEY"
                wire_api = "responses"
                request_max_retries = 1
                stream_max_retries = 1
                """),
            SaysRateLimit = true,
            FailsOnCut = true,
        },
        new()
        {
            Name = "opencode",
            Program = "opencode",
            Variables = _ => new()
            {
                ["OPENCODE_DISABLE_AUTOUPDATE"] = "1",
                ["OPENCODE_DISABLE_MODELS_FETCH"] = "1",
                ["OPENCODE_DISABLE_LSP_DOWNLOAD"] = "1",
                ["OPENCODE_DISABLE_DEFAULT_PLUGINS"] = "1",
            },
            HomeFile = url => (".config/opencode/opencode.json", $$$"""
                {
                  "model": "tests/test-model", "small_model": "tests/test-model", "autoupdate": false, "share": "disabled",
                  "provider": { "tests": {
                    "npm": "@ai-sdk/openai-compatible", "name": "tests", "options": { "baseURL": "{{{url}}}/v1", "apiKey": "{{{Key}}}" },
                    "models": { "test-model": { "name": "test-model", "limit": { "context": 200000, "output": 8192 }, "cost": { "input": 3, "output": 15 } } }
                  } }
                }
                """),
        },
        new()
        {
            Name = "copilot",
            Program = "copilot",
            Variables = url => new()
            {
                ["COPILOT_PROVIDER_BASE_URL"] = url + "/v1",
                ["COPILOT_PROVIDER_API_KEY"] = Key,
                ["COPILOT_MODEL"] = "test-model",
                ["COPILOT_AUTO_UPDATE"] = "false",
                ["COPILOT_OFFLINE"] = "true",

                // Its program is unpacked once and not into every home.
                ["COPILOT_PKG_CACHE_HOME"] = Path.Combine(ProductPaths.Tools, "clis", "copilot", "cache"),
            },
            SaysRateLimit = true,
        },
    ];

    /// <summary>The six with an adapter of their own.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Known.Select(agent => agent.Name)];

    /// <summary>Not one of the six: it has no session, counts no tokens, and says its errors with exit code 0.</summary>
    public static RealAgent Grok { get; } = new()
    {
        Name = "grok",
        Program = "grok",
        Variables = url => new()
        {
            ["GROK_API_KEY"] = Key,
            ["GROK_BASE_URL"] = url + "/v1",
            ["GROK_MODEL"] = "test-model",
        },
    };

    /// <summary>As in <c>ecosystem.yaml</c>.</summary>
    public required string Name { get; init; }

    public required string Program { get; init; }

    /// <summary>Given the model server's address.</summary>
    public required Func<string, Dictionary<string, string>> Variables { get; init; }

    /// <summary>A file in the agent's home that its variables cannot replace.</summary>
    public Func<string, (string Path, string Content)>? HomeFile { get; init; }

    public string? Model { get; init; }

    /// <summary>Makes it call the echo server's tool.</summary>
    public string EchoPrompt { get; init; } = "[[mcp:echo_text]] go";

    /// <summary>What one text turn may cost in output tokens: the model server says 50 for each call.</summary>
    public long OutputTokensMax { get; init; } = 50;

    /// <summary>Its stream tells of a rate limit while it retries, or it fails at once.</summary>
    public bool SaysRateLimit { get; init; }

    /// <summary>It gives up on a connection that is cut within seconds; the others retry for longer.</summary>
    public bool FailsOnCut { get; init; }

    public string Folder => Path.Combine(ProductPaths.Tools, "clis", Name);

    public string Executable => Path.Combine(Folder, "node_modules", ".bin", Program);

    /// <summary>The worker type that runs it against the model server.</summary>
    public string WorkerType => "terminal-" + Name;

    /// <summary>The same with the echo server.</summary>
    public string WorkerTypeWithEcho => Name + "-with-echo";

    public static RealAgent Of(string name) => name == Grok.Name ? Grok : Known.Single(agent => agent.Name == name);

    /// <summary>Gives the agent a home of its own and writes its two worker types.</summary>
    public IEnumerable<JsonObject> Types(ProductHome product, string modelServer)
    {
        string home = Path.Combine(product.Root, Name);
        Directory.CreateDirectory(home);
        if (HomeFile?.Invoke(modelServer) is { } file)
        {
            string path = Path.Combine(home, file.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, file.Content);
        }

        yield return Type(WorkerType);
        var withEcho = Type(WorkerTypeWithEcho);
        withEcho["mcp_servers"] = new JsonArray(new JsonObject
        {
            ["name"] = "echo",
            ["command"] = ProductPaths.Node,
            ["args"] = new JsonArray(ProductPaths.Script("mcp-echo/server.mjs")),
        });
        yield return withEcho;

        JsonObject Type(string name)
        {
            var variables = new JsonObject
            {
                ["HOME"] = home,
                ["XDG_CONFIG_HOME"] = Path.Combine(home, ".config"),
                ["XDG_CACHE_HOME"] = Path.Combine(home, ".cache"),
                ["XDG_DATA_HOME"] = Path.Combine(home, ".local", "share"),
                ["XDG_STATE_HOME"] = Path.Combine(home, ".local", "state"),
            };
            foreach (var (variable, value) in Variables(modelServer))
            {
                variables[variable] = value;
            }

            var type = new JsonObject
            {
                ["name"] = name,
                ["agent"] = Name,
                ["permission"] = "full",
                ["command_template"] = new JsonArray(Executable),
                ["environment"] = variables,
            };
            if (Model is not null)
            {
                type["model"] = Model;
            }

            return type;
        }
    }
}
