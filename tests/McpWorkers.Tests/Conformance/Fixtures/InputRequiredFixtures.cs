using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

#pragma warning disable MCP9005 // The suites test what is deprecated too.

namespace McpWorkers.Tests.Conformance.Fixtures;

/// <summary>Tools that ask by their answer and are called again with what the client says (SEP-2322).</summary>
internal static class InputRequiredFixtures
{
    private static readonly byte[] Key = RandomNumberGenerator.GetBytes(32);

    public static void AddTo(FixtureSet set)
    {
        set.Tool("test_input_required_result_elicitation", r => NameIn(r.Params) is { } name ? $"Hello, {name}!" : throw Ask(null, ("user_name", Name("What is your name?"))));
        set.Tool("test_input_required_result_sampling", r => Has(r.Params, "capital_question") ? "sampled" : throw Ask(null, ("capital_question", Model("What is the capital of France?"))));
        set.Tool("test_input_required_result_list_roots", r => Has(r.Params, "client_roots")
            ? "roots " + r.Params!.InputResponses!["client_roots"].RawValue
            : throw Ask(null, ("client_roots", InputRequest.ForRootsList(new()))));
        set.Tool("test_input_required_result_request_state", r => r.Params?.RequestState is { } state && Has(r.Params, "confirm")
            ? Check(state) == "s1" ? "state-ok" : "bad"
            : throw Ask(Sign("s1"), ("confirm", YesOrNo("Please confirm"))));
        set.Tool("test_input_required_result_multiple_inputs", r =>
            Has(r.Params, "user_name") && Has(r.Params, "greeting") && Has(r.Params, "client_roots")
                ? "all"
                : throw Ask(
                    Sign("m"), ("user_name", Name("What is your name?")), ("greeting", Model("Generate a greeting")), ("client_roots", InputRequest.ForRootsList(new()))));
        set.Tool("test_input_required_result_multi_round", r => (r.Params?.RequestState is { } state ? Check(state) : "") switch
        {
            "r1" => throw Ask(Sign("r2"), ("step2", Name("Step 2: What is your favorite color?", "color"))),
            "r2" => "multi-round done",
            _ => throw Ask(Sign("r1"), ("step1", Name("Step 1: What is your name?"))),
        });
        set.Tool("test_input_required_result_tampered_state", r => r.Params?.RequestState is { } state
            ? "verified " + Check(state)
            : throw Ask(Sign("t"), ("confirm", YesOrNo("Please confirm"))));
        set.Tool("test_input_required_result_capabilities", AskWhatTheClientCan);
        set.Prompts.Add(new FixturePrompt("test_input_required_result_prompt", [], r => Has(r.Params, "user_context")
            ? FixturePrompt.Say("context received")
            : throw Ask(null, ("user_context", Name("What context?", "context")))));
    }

    public static InputRequest Name(string message, string field = "name") => InputRequest.ForElicitation(new()
    {
        Message = message,
        RequestedSchema = new() { Properties = { [field] = new ElicitRequestParams.StringSchema() }, Required = [field] },
    });

    public static InputRequiredException Ask(string? state, params (string Key, InputRequest Request)[] requests) =>
        new(requests.ToDictionary(each => each.Key, each => each.Request), state);

    /// <summary>The name that the client gave and agreed to; else null.</summary>
    public static string? NameIn(RequestParams? parameters)
    {
        if (parameters?.InputResponses is not { } responses || !responses.TryGetValue("user_name", out var response))
        {
            return null;
        }

        try
        {
            var answer = response.Deserialize(InputResponse.ElicitResultJsonTypeInfo);
            return answer is { Action: "accept", Content: { } content } && content.TryGetValue("name", out var name) && name.ValueKind == JsonValueKind.String
                ? name.GetString()
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string AskWhatTheClientCan(RequestContext<CallToolRequestParams> request)
    {
        if (request.Params?.InputResponses is { Count: > 0 })
        {
            return "ok";
        }

        var capabilities = request.JsonRpcRequest.Context?.ClientCapabilities;
        var questions = new List<(string, InputRequest)>();
        if (capabilities?.Sampling is not null)
        {
            questions.Add(("capital_question", Model("What is the capital of France?")));
        }

        if (capabilities?.Elicitation is not null)
        {
            questions.Add(("user_name", Name("What is your name?")));
        }

        return questions.Count == 0 ? "nothing to ask" : throw Ask(null, [.. questions]);
    }

    private static bool Has(RequestParams? parameters, string key) => parameters?.InputResponses?.ContainsKey(key) == true;

    private static InputRequest YesOrNo(string message) => InputRequest.ForElicitation(new()
    {
        Message = message,
        RequestedSchema = new() { Properties = { ["ok"] = new ElicitRequestParams.BooleanSchema() }, Required = ["ok"] },
    });

    private static InputRequest Model(string message) => InputRequest.ForSampling(new()
    {
        MaxTokens = 100,
        Messages = [new() { Role = Role.User, Content = [new TextContentBlock { Text = message }] }],
    });

    // The state goes through the client, which must not be able to change it.
    private static string Sign(string state) => $"{state}.{Convert.ToHexStringLower(HMACSHA256.HashData(Key, Encoding.UTF8.GetBytes(state)))}";

    private static string Check(string signed)
    {
        string state = signed[..Math.Max(signed.LastIndexOf('.'), 0)];
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Sign(state)), Encoding.UTF8.GetBytes(signed))
            ? state
            : throw new McpProtocolException("requestState failed its integrity check", McpErrorCode.InvalidParams);
    }
}
