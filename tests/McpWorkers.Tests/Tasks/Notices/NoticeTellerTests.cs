using System.Net;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Tasks.Notices;
using Xunit;

namespace McpWorkers.Tests.Tasks.Notices;

public sealed class NoticeTellerTests
{
    private static readonly Notice Notice = Engine.Tasks.Notices.Notice.Of(new WorkTask()
    {
        TaskId = "task_0123456789abcdef", Key = "k", Role = "code", Prompt = "a secret prompt", Created = DateTimeOffset.UnixEpoch,
        Finished = DateTimeOffset.UnixEpoch.AddHours(1), State = TaskState.Dead, Detail = "three\ndeaths", Spec = new() { Source = "nightly" },
        Attempts = [new(1, "run_1", "term_1", DateTimeOffset.UnixEpoch, Cause: AttemptCause.Crash, Outcome: AttemptOutcome.Failed)],
    })!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void A_notice_says_what_and_where_and_nothing_of_the_prompt()
    {
        Assert.Equal(
            """{"notice_id":"task_0123456789abcdef:621355968000000000","kind":"task_dead","text":"Task task_0123456789abcdef (code) was put away: its workers died too often: three deaths","task_id":"task_0123456789abcdef","key":"k","role":"code","status":"dead","detail":"three\ndeaths","source":"nightly","attempts":1,"cause":"crash","run_id":"run_1","worker_id":"term_1","working_directory":null,"created":"1970-01-01T00:00:00.0000000\u002B00:00","finished":"1970-01-01T01:00:00.0000000\u002B00:00"}""",
            Notice.Body.ToJsonString().Replace("621356004000000000", "621355968000000000", StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_is_posted_as_json_with_the_headers_of_the_settings()
    {
        var hook = new Hook(HttpStatusCode.Accepted);
        using var teller = new NoticeTeller(Settings(new() { ["Authorization"] = "Bearer k", ["X-Who"] = "me" }), hook);

        Assert.Equal("", await teller.TellAsync(Notice, Token));

        Assert.Equal("POST https://hooks.example.org/T0/key application/json Bearer k me", hook.Seen);
        Assert.Equal("task_dead", (string)JsonNode.Parse(hook.Body!)!["kind"]!);
    }

    [Theory]
    [InlineData(HttpStatusCode.ServiceUnavailable, "notify.url (https://hooks.example.org) answered 503")]
    [InlineData(HttpStatusCode.Redirect, "notify.url (https://hooks.example.org) answered 302")]
    public async Task An_answer_that_is_no_success_is_said_without_the_address(HttpStatusCode status, string fault)
    {
        using var teller = new NoticeTeller(Settings([]), new Hook(status));

        Assert.Equal(fault, await teller.TellAsync(Notice, Token));
    }

    [Fact]
    public async Task A_hook_that_cannot_be_reached_or_does_not_answer_is_said()
    {
        using var broken = new NoticeTeller(Settings([]), new Hook(new HttpRequestException("Connection refused")));
        Assert.Equal("notify.url (https://hooks.example.org) cannot be reached: Connection refused", await broken.TellAsync(Notice, Token));

        using var silent = new NoticeTeller(Settings([]) with { Timeout = TimeSpan.FromMilliseconds(20) }, new Hook(status: null));
        Assert.Equal("notify.url (https://hooks.example.org) did not answer within 0.02 s", await silent.TellAsync(Notice, Token));
    }

    [Fact(Timeout = 20_000)]
    public async Task A_command_gets_it_on_its_standard_input()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a POSIX shell");
        string file = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"));
        using var teller = new NoticeTeller(new() { Command = ["sh", "-c", "cat > \"$1\"", "sh", file] });
        try
        {
            Assert.Equal("", await teller.TellAsync(Notice, Token));
            Assert.Equal("nightly", (string)JsonNode.Parse(await File.ReadAllTextAsync(file, Token))!["source"]!);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact(Timeout = 20_000)]
    public async Task A_command_that_fails_or_is_not_there_is_said()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a POSIX shell");
        using var failing = new NoticeTeller(new() { Command = ["sh", "-c", "echo no mail >&2; exit 3"] });
        Assert.Equal("notify.command (sh) ended with exit code 3: no mail", await failing.TellAsync(Notice, Token));

        using var missing = new NoticeTeller(new() { Command = ["/nowhere/tell-me"] });
        Assert.StartsWith("notify.command (/nowhere/tell-me) could not be started: ", await missing.TellAsync(Notice, Token), StringComparison.Ordinal);
    }

    private static NoticeSettings Settings(Dictionary<string, string> headers) => new() { Url = new("https://hooks.example.org/T0/key"), Headers = headers };

    private sealed class Hook : HttpMessageHandler
    {
        private readonly HttpStatusCode? _status;
        private readonly Exception? _fault;

        public Hook(HttpStatusCode? status) => _status = status;

        public Hook(Exception fault) => _fault = fault;

        public string? Seen { get; private set; }

        public string? Body { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (_fault is { } fault)
            {
                throw fault;
            }

            Seen = $"{request.Method} {request.RequestUri} {request.Content!.Headers.ContentType} {string.Join(' ', request.Headers.SelectMany(header => header.Value))}";
            Body = await request.Content.ReadAsStringAsync(cancellationToken);
            if (_status is null)
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            return new(_status!.Value);
        }
    }
}
