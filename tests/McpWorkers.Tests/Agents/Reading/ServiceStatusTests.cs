using McpWorkers.Engine.Agents.Reading;
using McpWorkers.Engine.Model;
using Xunit;

namespace McpWorkers.Tests.Agents.Reading;

public sealed class ServiceStatusTests
{
    [Theory]
    [InlineData("401 bad key", FailureKind.Authentication)]
    [InlineData("[API Error: 403 not for you]", FailureKind.Authentication)]
    [InlineData("API Error: 404 {\"code\":500}", FailureKind.ModelNotFound)]
    [InlineData("unexpected status 500, then status 429 Too Many Requests", FailureKind.RateLimited)]
    [InlineData("{\"error\":{\"code\":503}}", FailureKind.ServiceUnavailable)]
    [InlineData("statusCode: 413", FailureKind.InvalidRequest)]
    [InlineData("connect ECONNREFUSED 127.0.0.1:4000", FailureKind.ServiceUnavailable)]
    [InlineData("You hit your usage limit.", FailureKind.RateLimited)]
    [InlineData("It read 401 files and 4013 lines", FailureKind.Error)]
    [InlineData("", FailureKind.Error)]
    public void A_message_is_about_the_status_that_it_names_else_about_its_words(string message, FailureKind expected) =>
        Assert.Equal(expected, ServiceStatus.OfMessage(message));

    [Theory]
    [InlineData(401, true)]
    [InlineData(403, true)]
    [InlineData(404, true)]
    [InlineData(400, true)]
    [InlineData(408, false)]
    [InlineData(409, false)]
    [InlineData(429, false)]
    [InlineData(503, false)]
    public void What_another_try_cannot_mend_is_hopeless(int status, bool expected) =>
        Assert.Equal(expected, ServiceStatus.IsHopeless(ServiceStatus.ToFailure(status)));
}
