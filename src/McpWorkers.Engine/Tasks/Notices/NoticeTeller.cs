using System.Net.Http.Headers;
using System.Text;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Tasks.Notices;

/// <summary>Tells one notice: to a program, to a web address, or to both.</summary>
internal interface INoticeTeller
{
    /// <summary>Bounded by the setting's time-out, for each of both.</summary>
    /// <returns>Empty where it was told; else what went wrong, in one line without the address.</returns>
    Task<string> TellAsync(Notice notice, CancellationToken cancellationToken);
}

/// <inheritdoc/>
internal sealed class NoticeTeller : INoticeTeller, IDisposable
{
    private const int SaidMax = 200;

    private readonly NoticeSettings _settings;
    private readonly HttpClient _client;

    public NoticeTeller(NoticeSettings settings)
        // A hook that moved is a setting that is wrong: keys are not carried to wherever it says.
        : this(settings, new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
    {
    }

    public NoticeTeller(NoticeSettings settings, HttpMessageHandler handler)
    {
        _settings = settings;
        _client = new HttpClient(handler) { Timeout = settings.Timeout };
    }

    public async Task<string> TellAsync(Notice notice, CancellationToken cancellationToken)
    {
        byte[] body = Encoding.UTF8.GetBytes(notice.Body.ToJsonString());
        string command = _settings.Command.Count > 0 ? await RunAsync(body, cancellationToken) : "";
        string post = _settings.Url is { } url ? await PostAsync(url, body, cancellationToken) : "";
        return string.Join("; ", new[] { command, post }.Where(fault => fault.Length > 0));
    }

    public void Dispose() => _client.Dispose();

    private async Task<string> RunAsync(byte[] body, CancellationToken cancellationToken)
    {
        string name = $"notify.command ({_settings.Command[0]})";
        var said = await CommandRunner.RunAsync(
            new CommandSpec { Executable = _settings.Command[0], Arguments = [.. _settings.Command.Skip(1)], Stdin = body, Timeout = _settings.Timeout },
            cancellationToken);
        return said switch
        {
            { ExitCode: 0 } => "",
            { TimedOut: true } => $"{name} took longer than {_settings.Timeout.TotalSeconds} s and was ended",
            { ExitCode: null } => $"{name} could not be started: {OneLine(said.Stderr)}",
            _ => $"{name} ended with exit code {said.ExitCode}: {OneLine(said.Stderr)}",
        };
    }

    private async Task<string> PostAsync(Uri url, byte[] body, CancellationToken cancellationToken)
    {
        // Its path may be all the key that the hook has.
        string name = $"notify.url ({url.Scheme}://{url.Authority})";
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            foreach (var (header, value) in _settings.Headers)
            {
                request.Headers.TryAddWithoutValidation(header, value);
            }

            using var answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return answer.IsSuccessStatusCode ? "" : $"{name} answered {(int)answer.StatusCode}";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"{name} did not answer within {_settings.Timeout.TotalSeconds} s";
        }
        catch (Exception e) when (e is HttpRequestException or FormatException or InvalidOperationException)
        {
            return $"{name} cannot be reached: {OneLine(e.Message)}";
        }
    }

    private static string OneLine(string text)
    {
        string line = text.Trim().ReplaceLineEndings(" ");
        return line.Length <= SaidMax ? line : line[..SaidMax] + "…";
    }
}
